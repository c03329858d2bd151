"""What the pre-flight says of notebooks: one promise each, on notebooks of a few cells, and on any text at all."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import submissions.domain.check_notebook as subject
import submissions.domain.check_notebook.source as reading
from submissions.domain.check_notebook import check_notebook
from submissions.domain.check_notebook.source import split_magics
from submissions.domain.check_notebook.text import paper_key
from submissions.domain.checks import Finding, dump, load, sentence
from submissions.domain.notebook import Cell, Notebook, Output, read_notebook

PAPER = "https://arxiv.org/abs/2305.01140"
GITHUB_TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT" * 2
DOCUMENTED = '''
def train(model, steps):
    """Fit the model."""
    for _ in range(steps):
        model.step()
'''
GOOD_CODE = [
    "import torch\ntorch.manual_seed(0)",
    "!wget https://zenodo.org/records/1/files/qm9.zip",
    DOCUMENTED,
    "train(model, 10)\ntorch.save(model.state_dict(), 'weights.pt')",
]
GOOD_TEXT = f"""# Latent diffusion
[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/a/b)
By Gerrit Großmann, on {PAPER}.
## Resources
QM9 from [Zenodo](https://zenodo.org/records/1). {"We explain every step in words. " * 10}"""


def code(source: str, count: int | None = 1, outputs: Iterable[Output] = ()) -> Cell:
    return Cell("code", source, "id", count, tuple(outputs))


def text(source: str) -> Cell:
    return Cell("markdown", source, "id")


def notebook(*cells: Cell | str, language: str = "python", nbformat: int = 4) -> Notebook:
    """Plain strings are code cells that were run in order."""
    counts = iter(range(1, len(cells) + 1))
    made = tuple(code(cell, next(counts)) if isinstance(cell, str) else cell for cell in cells)
    return Notebook(made, language, nbformat, "")


def check(*cells: Cell | str, **options: Any) -> dict[str, Finding]:
    """The findings by code; each has a sentence, survives its way through JSON, and comes once."""
    findings = check_notebook(notebook(*cells), **{"library": "torch", **options})
    assert load(dump(findings)) == findings
    assert all(sentence(finding) for finding in findings)
    by_code = {finding.code: finding for finding in findings}
    assert len(by_code) == len([finding for finding in findings if finding.code != "secret"]) + ("secret" in by_code)
    return by_code


def secrets(*cells: Cell | str) -> list[Finding]:
    return [finding for finding in check_notebook(notebook(*cells)) if finding.code == "secret"]


# --- the whole --------------------------------------------------------------------------------------------------


def test_good_notebook_gets_nothing_but_good_findings() -> None:
    findings = check(text(GOOD_TEXT), *GOOD_CODE, paper_url=PAPER, author="Gerrit Großmann")
    assert {finding.level for finding in findings.values()} == {"good"}
    assert set(findings) == {
        "nbformat", "runs_in_order", "outputs_size", "library", "seeds", "weights_saved", "functions_documented",
        "resources_named", "paper_url", "author_named", "text_ratio", "colab_badge",
    }  # fmt: skip


def test_notebook_read_from_a_file_is_checked() -> None:
    cells = [{"cell_type": "code", "metadata": {}, "source": "import torch", "execution_count": 2, "outputs": []}]
    data = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()
    codes = [finding.code for finding in check_notebook(read_notebook(data), library="torch")]
    assert codes[:5] == ["nbformat", "order_gaps", "outputs_size", "library", "seeds_missing"]


nasty = st.text(st.sampled_from("\"'#%!?\\\n\t =()[]{}:@$`<>-_/.,a1é名\u202e\ufffd\U0001f600")) | st.sampled_from(
    ["def f(:", "'''", '"""', "%%bash\nls", "%%", "!", "x = !ls \\", "lambda: " * 90, "(" * 250, "-" * 900 + "1", "a\0b",
     "https://[", "arXiv:", "token='", "```", "\r", "\x0c%time x", "!pip install", "# " + "é" * 99]
)  # fmt: skip
outputs = st.builds(
    Output, st.sampled_from(["stream", "error", "display"]), text=nasty, ename=nasty, traceback=st.tuples(nasty)
)
cells = st.builds(
    Cell,
    st.sampled_from(["code", "markdown", "raw"]),
    nasty,
    st.just("x"),
    st.none() | st.integers(0, 9),
    st.tuples(outputs),
)


@settings(deadline=None)
@given(st.lists(cells, max_size=4), nasty, nasty, st.booleans())
def test_any_cells_give_findings(some: list[Cell], url: str, name: str, anonymous: bool) -> None:
    findings = check_notebook(notebook(*some), paper_url=url, author=name, anonymous=anonymous)
    assert findings
    assert all(sentence(finding) and set(finding.places) <= {1, 2, 3, 4} for finding in findings)


def test_very_long_notebook_is_looked_at_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MAX_CHARACTERS", 30)
    findings = check("import torch", "import torch", "torch.manual_seed(0)")
    assert findings["cells_not_read"].values == {"read": 2}
    assert "seeds_missing" in findings


def test_notebook_without_code_is_not_asked_for_seeds() -> None:
    findings = check(text("Hello"), code("  \n", None))
    assert findings["no_code"].level == "warning"
    assert not {"seeds_missing", "never_run", "library_missing"} & findings.keys()


def test_notebook_in_another_language_is_not_read_as_python() -> None:
    findings = {finding.code: finding for finding in check_notebook(notebook("x <- 1", language="r"))}
    assert findings["not_python"].values == {"language": "r"}
    assert not {"syntax_errors", "seeds_missing"} & findings.keys()


def test_old_format_is_a_hint() -> None:
    assert check_notebook(notebook("x", nbformat=3))[0].code == "nbformat_old"


# --- runs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "code_word", "places"),
    [
        ([1, 2, 3], "runs_in_order", ()),
        ([None, None, None], "never_run", ()),
        ([1, None, 2], "cells_not_run", (2,)),
        ([1, 3, 2], "order_broken", (3,)),
        ([3, 1, 1], "order_broken", (2, 3)),
        ([1, 2, 4], "order_gaps", ()),
        ([7, 8, 9], "order_gaps", ()),
    ],
)
def test_order_of_runs(counts: Sequence[int | None], code_word: str, places: tuple[int, ...]) -> None:
    assert check(*(code("x", count) for count in counts))[code_word].places == places


def test_order_of_runs_leaves_out_text_and_empty_cells() -> None:
    assert "runs_in_order" in check(text("a"), code("x", 1), code(" \n", None), text("b"), code("y", 2))


def test_gap_names_the_first_cell_after_it() -> None:
    assert check(text("a"), code("x", 1), code("y", 5), code("z", 6))["order_gaps"].values == {"cell": 3}


def test_errors_in_outputs_are_named() -> None:
    finding = check("x", code("y", 2, [Output("error", ename="ValueError"), Output("error", ename="KeyError")]))[
        "errors_in_outputs"
    ]
    assert (finding.places, finding.values["names"]) == ((2,), "KeyError, ValueError")


def test_outputs_without_errors_are_good() -> None:
    assert "no_errors" in check(code("x", 1, [Output("stream", text="Error")]))


@pytest.mark.parametrize(
    ("millions", "code_word", "level"),
    [(4, "outputs_size", "good"), (6, "outputs_large", "hint"), (21, "outputs_large", "warning")],
)
def test_size_of_outputs(millions: int, code_word: str, level: str) -> None:
    big = Output("display", data={"image/png": "a" * (millions * 1_000_000 - 1000)})
    rest = Output("error", evalue="a" * 500, traceback=("a" * 300,))
    finding = check("x", code("x", 2, [big]), code("x", 3, [Output("stream", text="a" * 200), rest]))[code_word]
    assert (finding.level, finding.values["megabytes"]) == (level, millions)
    assert finding.places[:1] in {(), (1,)}


def test_size_of_outputs_names_the_three_biggest_cells() -> None:
    sized = [
        code("x", n, [Output("stream", text="a" * size)]) for n, size in enumerate([9, 3_000_000, 0, 2_000_000, 50, 7])
    ]
    assert check(*sized)["outputs_large"].places == (2, 4, 5)


def test_long_and_empty_cells_are_named() -> None:
    findings = check("x\n" * 101, "x\n" * 100, code("", None), text(" "), code("", None, [Output("stream", text="a")]))
    assert (findings["cells_long"].places, findings["cells_long"].values["most"]) == ((1,), 101)
    assert findings["cells_empty"].places == (3, 4)


# --- code -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["random.seed(1)", "np.random.seed(1)", "numpy.random.seed( 1 )", "torch.manual_seed(1)", "torch.cuda.manual_seed_all(1)",
     "rng = np.random.default_rng(7)", "pl.seed_everything(42)", "os.environ['PYTHONHASHSEED'] = '0'", "set_seed(1)",
     "from random import seed; seed(3)", "g = torch.Generator().manual_seed(1)", "jax.random.PRNGKey(0)"],
)  # fmt: skip
def test_seed_is_found(line: str) -> None:
    assert check("x", line)["seeds"].places == (2,)


@pytest.mark.parametrize(
    "line", ["# torch.manual_seed(0)", "np.random.default_rng()", "x.seed(1)", "random_seed = 3", "seed()"]
)
def test_seed_is_missing(line: str) -> None:
    assert "seeds_missing" in check(line)


def test_seed_of_another_library_than_the_one_in_use_is_a_hint() -> None:
    assert check("import torch\nimport random\nrandom.seed(0)")["seeds_partly"].level == "hint"
    assert "seeds" in check("import torch\nimport random\nrandom.seed(0); torch.manual_seed(0)")
    assert "seeds" in check("import jax, random\nrandom.seed(0)", library="jax")


@pytest.mark.parametrize(
    "line", ["import torch", "from torch import nn", "import torch.nn as nn", "import os, torch", "  import torch"]
)
def test_library_is_imported(line: str) -> None:
    assert check(line)["library"].values == {"library": "torch"}


@pytest.mark.parametrize("line", ["# import torch", "import torchless", "import tensorflow as tf", "x = 'torch'"])
def test_library_is_not_imported(line: str) -> None:
    assert "library_missing" in check(line)


def test_seminar_may_ask_for_another_library_or_none() -> None:
    assert "library" in check("import jax", library="jax")
    assert not {"library", "library_missing"} & check("x", library="").keys()


@pytest.mark.parametrize(
    "line", ["torch.save(m.state_dict(), f)", "m.save_pretrained('x')", "save_file(t, 'a.safetensors')"]
)
def test_weights_are_saved(line: str) -> None:
    assert "weights_saved" in check(line)


@pytest.mark.parametrize(
    "line", ["m.load_state_dict(torch.load(f))", "m.state_dict()", "plt.savefig('a')", "# torch.save(x)"]
)
def test_weights_are_not_saved(line: str) -> None:
    assert "weights_not_saved" in check(line)


BARE = "def f(x):\n    y = x\n    return y\n"


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        (BARE, True),
        (DOCUMENTED, False),
        (f"# doubles\n{BARE}", False),
        (f"# doubles\n@decorated\n{BARE}", False),
        (f"# elsewhere\n\n{BARE}", True),
        (BARE.replace("y = x", "y = x  # copy"), False),
        (BARE.replace("y = x", "y = '# no comment'"), True),
        ('class A:\n    """A."""\n    def __init__(self):\n        a = 1\n        b = 1\n', None),
        ("def f(x):\n    return x\n", None),
        ("async " + BARE, True),
        ("class A:\n    def f(self):\n        a = 1\n        b = 1\n", True),
        ("%time x\n" + BARE, True),
    ],
)
def test_functions_without_words(source: str, bare: bool | None) -> None:
    assert [code for code in check(source) if code.startswith("functions")] == {
        True: ["functions_bare"], False: ["functions_documented"], None: []
    }[bare]  # fmt: skip


def test_functions_without_words_are_named() -> None:
    finding = check("x", BARE + DOCUMENTED, BARE.replace("f(x)", "helper(x)"))["functions_bare"]
    assert finding.places == (2, 3)
    assert dict(finding.values) == {"lacking": 2, "functions": 3, "names": "f, helper", "count": 2}


def test_very_long_cell_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PARSED", len(BARE) - 1)
    assert not {"functions_bare", "syntax_errors"} & check(BARE, "x = (" + " " * 99).keys()


@pytest.mark.parametrize(
    "source",
    [
        "x = (",
        "def f(:",
        "(" * 5000 + ")" * 5000,
        "-" * 200_000 + "1",
        "x = 1 +",
        "%%time\nx = (",
        "if x:\n!ls",
        "print 'a'",
    ],
)
def test_code_that_cannot_be_parsed_is_at_most_a_hint(source: str) -> None:
    findings = check(source, "import torch\ntorch.manual_seed(0)")
    assert findings.get("syntax_errors", findings["seeds"]).places in {(1,), (2,)}
    assert ("syntax_errors" in findings) == (len(source) <= 100_000)


@pytest.mark.parametrize(
    "source",
    ["%matplotlib inline\nx = 1", "if x:\n    !ls", "files = !ls *.py", "torch.nn?", "?print", "%%bash\nfor x in y; do z; done",
     "%%html\n<p>", "%%time\nx = 1", "print('%d'\n      % x)", "!pip install a \\\n  b\nx = 1", "await x", "print('\\d')", "x = %time f()"],
)  # fmt: skip
def test_commands_of_ipython_are_no_syntax_errors(source: str) -> None:
    assert "syntax_errors" not in check(source)


@pytest.mark.parametrize(
    ("source", "python", "shell"),
    [
        ("%time x\ny", "pass\ny", "time x"),
        ("if a:\n  !ls -l\nb", "if a:\n  pass\nb", "ls -l"),
        ("!a \\\n  b \\\n  c\nd", "pass\n\n\nd", "a  b  c"),
        ("%%bash\nls", "\n", "%%bash\nls"),
        ("%%html\n<p>", "\n", ""),
        ("%%capture out\nx = 1", "pass\nx = 1", "capture out"),
        ("f = !ls", "pass", "f = !ls"),
        ("a != b\nc = d % e", "a != b\nc = d % e", ""),
    ],
)
def test_split_magics(source: str, python: str, shell: str) -> None:
    assert split_magics(source) == (python, shell)


@given(nasty)
def test_split_magics_keeps_the_number_of_lines(source: str) -> None:
    assert split_magics(source)[0].count("\n") == source.count("\n")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("open('/home/jane/data.csv')", "/home/…"),
        ("open('/Users/jane/data.csv')", "/Users/…"),
        (r"open('C:\\Users\\jane')", "C:\\…"),
        ("open('D:/data/x')", "C:\\…"),
        ("open('/content/drive/MyDrive/x')", "/content/drive/…"),
        ("from google.colab import drive; drive.mount('/content')", "/content/drive/…"),
        ("sys.path.append('../src')", "../…"),
        ("!cp ~/x .", "~/…"),
        ("open('/mnt/data/x')", "/mnt/…"),
        ("'file:///etc/hosts'", "file://…"),
    ],
)
def test_local_path_is_named_by_its_kind(line: str, kind: str) -> None:
    finding = check("x", line)["local_paths"]
    assert (finding.level, finding.places, finding.values["names"]) == ("warning", (2,), kind)


@pytest.mark.parametrize(
    "line",
    ["'https://x.org/home/jane'", "'data/x.csv'", "print('%s:\\t%s')", "x = a[..., 1:]", "'/content/data'", "# /home/jane", "a ~ b",
     "'https://x.org/../y'", "f'{epoch}:{loss}'"],
)  # fmt: skip
def test_other_text_is_no_local_path(line: str) -> None:
    assert "local_paths" not in check(line)


def test_local_figure_in_the_text_is_named() -> None:
    assert check(text("![plot](../plot.png)"))["local_paths"].places == (1,)
    assert "local_paths" not in check(text("Go to ../ and ![plot](plot.png), not to /home/x"))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("!pip install torch", "torch"),
        ("%pip install -q 'rdkit' numpy==1.2 a>=3", "rdkit"),
        ("!pip3 install --quiet pkg[extra]", "pkg"),
        ("!python -m pip install x", "x"),
        ("!conda install -c conda-forge rdkit", "rdkit"),
        ("!pip install a==1 && pip install b", None),
        ("!pip install -r requirements.txt", None),
        ("!pip install torch==2.1 'x~=3'", None),
        ("!pip install pkg[extra]==1", None),
        ("!pip install git+https://github.com/a/b", "an address"),
        ("!pip install git+https://github.com/a/b@v1.2", None),
        ("# !pip install a", None),
        ("%%bash\npip install a", "a"),
        ("!pip install \\\n  a \\\n  b==1", "a"),
    ],
)
def test_packages_without_a_version(line: str, names: str | None) -> None:
    finding = check(line).get("pip_unpinned")
    assert (finding and finding.values["names"]) == names


# --- secrets ----------------------------------------------------------------------------------------------------

SECRETS = [
    ("AWS key", "AKIA" + "IOSFODNN7ABCDEFG"),
    ("GitHub token", GITHUB_TOKEN),
    ("GitHub token", "github_pat_" + "11ABCDEFG0aBcDeFgHiJkL"),
    ("GitLab token", "glpat-" + "a1B2c3D4e5F6g7H8i9J0"),
    ("OpenAI or Anthropic key", "sk-" + "a1B2c3D4e5F6g7H8i9J0a1B2"),
    ("OpenAI or Anthropic key", "sk-proj-" + "a1B2c3D4-5F6g7H8_9J0a1B2"),
    ("Hugging Face token", "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZabcdefgh"),
    ("Slack token", "xoxb-" + "123456789012-abcdefABCDEF"),
    ("Google key", "AIza" + "SyA1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q"),
    ("private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n"),
]
ASSIGNED = [
    ("key or token", "wandb.login(key='{}')", "0123456789abcdef0123456789abcdef01234567"),
    ("key or token", 'API_KEY = "{}"', "q9W8e7R6t5Y4u3I2o1P0"),
    ("key or token", 'os.environ["SOME_TOKEN"] = "{}"', "q9W8e7R6t5Y4u3I2o1P0"),
    ("key or token", '{{"username": "jane", "key": "{}"}}', "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
    ("key or token", "secret: str = '{}'", "123e4567-e89b-12d3-a456-426614174000"),
    ("key or token", "%env HF_KEY={}", "q9W8e7R6t5Y4u3I2o1P0"),
    ("key or token", "!tool --api-token {}", "q9W8e7R6t5Y4u3I2o1P0"),
    ("key or token", "headers = 'Bearer {}'", "q9W8e7R6t5Y4u3I2o1P0"),
    ("Weights & Biases key", "!wandb login {}", "0123456789abcdef0123456789abcdef01234567"),
    ("password", "password = '{}'", "hunter2!"),
    ("password", "connect(passwd='{}')", "correct-horse-battery"),
    ("password", "!git clone https://jane:{}@example.org/x", "s3cretpw"),
]


def assert_hidden(finding: Finding, secret: str) -> None:
    shown = str(finding.values["begin"])
    assert len(shown) <= min(4, len(secret) / 4)
    assert secret.startswith(shown)
    assert secret not in dump([finding]) + sentence(finding)


@pytest.mark.parametrize(("kind", "secret"), SECRETS)
def test_secret_of_a_known_form_is_found_and_not_repeated(kind: str, secret: str) -> None:
    (finding,) = secrets("x", f"login('{secret}')")
    assert (finding.level, finding.places, finding.values["kind"]) == ("warning", (2,), kind)
    assert_hidden(finding, secret)


@pytest.mark.parametrize(("kind", "line", "secret"), ASSIGNED)
def test_secret_in_an_assignment_is_found_and_not_repeated(kind: str, line: str, secret: str) -> None:
    (finding,) = secrets(line.format(secret))
    assert (finding.values["kind"], finding.values["length"]) == (kind, len(secret))
    assert_hidden(finding, secret)


@pytest.mark.parametrize(
    "line",
    ["token = 'YOUR_TOKEN_HERE_123456789'", "api_key = os.environ['API_KEY_FOR_OPENAI_2024']", "key = 'validation_accuracy_mean'",
     "password = getpass()", "password = 'password'", "pad_token = '<|endoftext|>'", "key='layers.0.self_attn.q_proj.weight'",
     "token = 'xxxxxxxxxxxxxxxxxxxx1'", "key = 'a1a1a1a1a1a1a1a1a1'", "tokenizer = 'bert-base-uncased-2018-whole-word'",
     "sk-learn", "KEY=abc", "hf_hub_download",
     "api_key=api_key, model='gpt'", "key=lambda item: item.confidence_score_2", "url = 'https://x.org/a:b'",
     "token = f'{prefix}12345678901'"],
)  # fmt: skip
def test_other_text_is_no_secret(line: str) -> None:
    assert secrets(line) == []


def test_secret_is_found_in_text_and_in_what_was_printed() -> None:
    printed = [
        Output("stream", text=f"token {GITHUB_TOKEN}"),
        Output("result", data={"text/plain": "xoxb-123456789012-abcdef"}),
    ]
    found = secrets(
        text(f"Use {GITHUB_TOKEN}"), code("x", 1, printed), code("y", 2, [Output("error", traceback=(GITHUB_TOKEN,))])
    )
    assert [(finding.values["kind"], finding.places) for finding in found] == [
        ("GitHub token", (1, 2, 3)),
        ("Slack token", (2,)),
    ]


def test_secret_that_is_known_by_form_and_by_name_is_told_once() -> None:
    assert len(secrets(f"GITHUB_TOKEN = '{GITHUB_TOKEN}'")) == 1


letters = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=60)


@settings(deadline=None)
@given(
    letters,
    st.sampled_from(
        ["password = '{}'", "TOKEN = '{}'", "!pip install git+https://x:{}@github.com/a/b", "!wget https://a:{}@b.org"]
    ),
)
def test_no_finding_of_any_kind_repeats_a_secret(secret: str, line: str) -> None:
    findings = check_notebook(
        notebook(line.format(secret), f"open('/home/{secret}')"), paper_url=PAPER, author="Jane Doe"
    )
    told = dump(findings) + "".join(map(sentence, findings))
    assert all(secret[start : start + 5] not in told for start in range(1, len(secret) - 5))


# --- text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["http://arxiv.org/abs/2305.01140", "https://arxiv.org/pdf/2305.01140v2", "https://www.arxiv.org/pdf/2305.01140.pdf",
     "https://arxiv.org/abs/2305.01140v1/", "https://ar5iv.labs.arxiv.org/html/2305.01140", "https://huggingface.co/papers/2305.01140",
     "https://doi.org/10.48550/arXiv.2305.01140", "https://arxiv.org/abs/2305.01140?context=cs#top", "HTTPS://ARXIV.ORG/abs/2305.01140."],
)  # fmt: skip
def test_paper_is_the_same_under_every_address_of_arxiv(address: str) -> None:
    assert paper_key(address) == paper_key(PAPER) == "arxiv:2305.01140"
    assert check(text("x"), text(f"See [the paper]({address})."), paper_url=PAPER)["paper_url"].places == (2,)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://x.org/a/", "http://www.x.org/a", True),
        ("https://x.org/a.pdf", "https://X.org/a#page=2", True),
        ("https://x.org/a", "https://x.org/b", False),
        ("https://x.org/a?id=1", "https://x.org/a?id=2", False),
        ("https://openreview.net/forum?id=AbC", "https://openreview.net/pdf?id=AbC&x=1", True),
        ("https://openreview.net/forum?id=AbC", "https://openreview.net/forum?id=ABC", False),
        ("https://arxiv.org/abs/2305.01140", "https://arxiv.org/abs/2305.01141", False),
        ("https://arxiv.org/abs/cs/0112017v3", "http://arxiv.org/pdf/cs/0112017", True),
        ("https://dx.doi.org/10.1103/X", "https://doi.org/10.1103/x", True),
    ],
)
def test_paper_key(one: str, other: str, same: bool) -> None:
    assert (paper_key(one) == paper_key(other)) is same


@pytest.mark.parametrize("source", ["arXiv:2305.01140v2", "arxiv: 2305.01140"])
def test_paper_may_be_named_by_its_number(source: str) -> None:
    assert "paper_url" in check(text(source), paper_url=PAPER)


@pytest.mark.parametrize(
    "source", ["", "https://arxiv.org/abs/2305.01141", "https://example.org/2305.01140", "2305.01140"]
)
def test_paper_is_missing(source: str) -> None:
    assert check(text(source), paper_url=PAPER)["paper_url_missing"].values == {"url": PAPER}


def test_paper_and_author_that_are_not_asked_for_are_not_looked_for() -> None:
    assert not {"paper_url", "paper_url_missing", "author_named", "author_missing"} & check(text("x")).keys()


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Gerrit Großmann", "by GERRIT GROSSMANN"),
        ("Gerrit Großmann", "Grossmann, Gerrit"),
        ("Jörg Müller", "Joerg Mueller"),
        ("Joerg Mueller", "Jörg Müller"),
        ("Jörg Müller", "Jorg Muller"),
        ("Bartłomiej Pogodziński", "Bartlomiej Pogodzinski"),
        ("Salaheldin Y. A. Mohamed", "Salaheldin Mohamed"),
        ("Ludwig van Beethoven", "L. Beethoven, Ludwig"),
        ("Madonna", "by madonna"),
        ("李伟", "作者李伟"),
        ("Νίκος Παππάς", "ΝΙΚΟΣ ΠΑΠΠΑΣ"),
        ("Mu\u0308ller Jan", "Jan Müller"),
        ("Do Van", "by Van Do"),
    ],
)
def test_author_is_named(name: str, source: str) -> None:
    assert check(text("x"), text(source), author=name)["author_named"].places == (2,)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Gerrit Großmann", "by Gerrit"),
        ("Gerrit Großmann", "Gerrit and one two three four five six Großmann"),
        ("Li Wei", "The Limit of Weights"),
        ("Madonna", "belladonna"),
        ("Jane Doe", ""),
    ],
)
def test_author_is_missing(name: str, source: str) -> None:
    assert check(text(source), author=name)["author_missing"].level == "warning"


def test_author_is_revealed_where_names_are_unwanted() -> None:
    assert check("# by Jane Doe", author="Jane Doe", anonymous=True)["author_revealed"].places == (1,)
    assert (
        not {"author_missing", "author_named", "author_revealed"} & check("x", author="Jane Doe", anonymous=True).keys()
    )


FETCHES = [
    "!wget https://zenodo.org/a", "!curl -O https://a.org", "!gdown 1a", "gdown.download(x)", "!git clone https://a.org/b",
    "urlretrieve(u, f)", "hf_hub_download('a', 'b')", "load_dataset('qm9')", "M.from_pretrained('x')", "MNIST('.', download=True)",
    "torch.hub.load(a, b)", "requests.get(u)", "pd.read_csv('https://a.org/x.csv')",
]  # fmt: skip


@pytest.mark.parametrize("line", FETCHES)
def test_files_that_are_fetched_need_a_name_in_the_text(line: str) -> None:
    finding = check(text("Hello"), line)["resources_not_named"]
    assert (finding.level, finding.places) == ("warning", (2,))
    assert "resources_named" in check(text("## Data and resources"), line)


@pytest.mark.parametrize("source", ["from https://www.zenodo.org/x", "**References**", "### 5. Quellen", "1. Datasets"])
def test_resources_are_named(source: str) -> None:
    assert "resources_named" in check(text(source), "!wget https://zenodo.org/a")


@pytest.mark.parametrize("source", ["# Introduction", "the data is large", "https://other.org", "# Database"])
def test_resources_are_not_named(source: str) -> None:
    assert "resources_not_named" in check(text(source), "!wget https://zenodo.org/a")


def test_notebook_that_fetches_nothing_needs_no_resources() -> None:
    assert not {"resources_named", "resources_not_named"} & check("x", "# !wget a").keys()


def test_ratio_of_text_to_code() -> None:
    assert check(text("word " * 39), "x\n" * 20)["text_thin"].values == {"words": 39, "lines": 20}
    assert check(text("word " * 40), "x\n\n# comment\n" * 20)["text_ratio"].values == {"words": 40, "lines": 20}
    assert "text_ratio" in check("x\n" * 19)


def test_ratio_counts_no_formulas_code_blocks_and_addresses() -> None:
    source = "one $alpha beta$ two\n```\ncode here\n```\n$$sum over$$ <b class='x'>three</b> https://example.org/four"
    assert check(text(source), "x")["text_ratio"].values["words"] == 3


@pytest.mark.parametrize(
    "source",
    [
        "[![x](https://colab.research.google.com/assets/colab-badge.svg)](y)",
        "https://colab.research.google.com/github/a/b",
    ],
)
def test_badge_of_colab(source: str) -> None:
    assert check(text("x"), text(source))["colab_badge"].places == (2,)
    assert check("# " + source)["colab_badge_missing"].level == "hint"
