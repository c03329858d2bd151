"""What is said about the code of a notebook. Patterns are looked for outside of comments; nothing is ever run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from submissions.domain.check_notebook.source import CodeCell
from submissions.domain.checks import Finding, found, listed

SHORT_FUNCTION = 2  # lines; a one-liner with a good name explains itself

SEEDS = {
    "random.seed": r"(?<![\w.])random\.seed\s*\(|(?<![\w.])seed\s*\(\s*[\w-]",
    "np.random.seed": r"\b(?:np|numpy)\.random\.seed\s*\(|\bRandomState\s*\(\s*[\w-]",
    "default_rng": r"\bdefault_rng\s*\(\s*[^)\s]",
    "torch.manual_seed": r"\bmanual_seed(?:_all)?\s*\(",
    "seed_everything": r"\bseed_everything\s*\(",
    "set_seed": r"\bset_(?:random_)?seed\s*\(",
    "PYTHONHASHSEED": r"\bPYTHONHASHSEED\b",
    "PRNGKey": r"\bPRNGKey\s*\(|\brandom\.key\s*\(",
}
SEEDS_OF_TORCH = {"torch.manual_seed", "seed_everything", "set_seed"}
SAVES = {
    "torch.save": r"\btorch\.save\s*\(",
    "save_pretrained": r"\.save_pretrained\s*\(",
    "save_file": r"\bsave_file\s*\(",
    "save_model": r"\bsave_model\s*\(",
    "save_weights": r"\.save_weights\s*\(",
    "save_checkpoint": r"\bsave_checkpoint\s*\(|\bModelCheckpoint\s*\(",
    "push_to_hub": r"\.push_to_hub\s*\(",
    "torch.jit.save": r"\bjit\.save\s*\(|\bonnx\.export\s*\(",
    "dump": r"\b(?:joblib|pickle)\.dump\s*\(",
}
DOWNLOADS = {
    "wget": r"\bwget\b",
    "curl": r"^\s*curl\b",
    "gdown": r"\bgdown\b",
    "git clone": r"\bgit\s+clone\b",
    "urlretrieve": r"\burlretrieve\s*\(",
    "urlopen": r"\burlopen\s*\(",
    "requests.get": r"\brequests\.get\s*\(",
    "hf_hub_download": r"\bhf_hub_download\s*\(",
    "snapshot_download": r"\bsnapshot_download\s*\(",
    "load_dataset": r"\bload_dataset\s*\(",
    "from_pretrained": r"\.from_pretrained\s*\(",
    "download=True": r"\bdownload\s*=\s*True\b",
    "torch.hub.load": r"\bhub\.load\w*\s*\(|\bload_state_dict_from_url\s*\(",
    "kagglehub": r"\bkagglehub\b|\bkaggle\s+(?:datasets|competitions)\s+download\b",
    "read_csv": r"\bread_(?:csv|json|parquet)\s*\(\s*f?[\"']https?:",
}
# Drive letters are capitals here, since "s:\t" in a format is no path.
LOCAL_PATHS = {
    "/home/…": r"(?<![\w.:/~-])/home/\w",
    "/Users/…": r"(?<![\w.:/~-])/Users/\w",
    "C:\\…": r"\b[C-H]:(?:\\\\?|/)\w",
    "/content/drive/…": r"/content/(?:g?drive|MyDrive)\b|\bdrive\.mount\s*\(",
    "/kaggle/…": r"(?<![\w.:/])/kaggle/(?:input|working)\b",
    "/mnt/…": r"(?<![\w.:/-])/(?:mnt|scratch|media)/\w",
    "../…": r"(?<![\w./])\.\./",
    "~/…": r"(?<=[\"'=\s(])~/\w",
    "file://…": r"\bfile:///",
}
_LOCAL_IN_TEXT = re.compile(r"(?:\]\(\s{0,3}|\bsrc\s{0,3}=\s{0,3}[\"']?)(?:\.\./|/home/|/Users/|[C-H]:[\\/]|file:)")
_INSTALL = re.compile(r"^\s*(?:(?:sudo|uv|python3?|-m|-q)\s+)*(?:pip3?|conda|mamba)\s+install\s([^\n;&|]*)", re.M)
_WITH_VALUE = {"-r", "-c", "-f", "-i", "-e", "-t", "-n", "--requirement", "--constraint", "--find-links", "--index-url"}
_WITH_VALUE |= {"--extra-index-url", "--target", "--editable", "--channel"}


def matches(patterns: Mapping[str, str], texts: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    """The patterns that are found, with the numbers of the cells."""
    compiled = {name: re.compile(pattern, re.M) for name, pattern in patterns.items()}
    found_in: dict[str, list[int]] = {}
    for number, text in texts:
        for name, pattern in compiled.items():
            if pattern.search(text):
                found_in.setdefault(name, []).append(number)
    return found_in


def _all_cells(found_in: Mapping[str, Sequence[int]]) -> list[int]:
    return [number for numbers in found_in.values() for number in numbers]


def syntax(cells: Sequence[CodeCell]) -> Iterator[Finding]:
    """Cells that Python cannot parse; only a hint, since they may be written for a newer Python than the server's."""
    if bad := [cell.number for cell in cells if not cell.is_long and cell.tree is None]:
        yield found("syntax_errors", "hint", bad)


def reproducible(cells: Sequence[CodeCell], library: str) -> Iterator[Finding]:
    """The library is imported, seeds are set (for PyTorch its own), weights are saved.

    `state_dict()` alone saves nothing, so it does not count. An empty library asks for none.
    """
    code = [(cell.number, f"{cell.code}\n{cell.shell}") for cell in cells]
    imports = (
        matches({library: rf"^\s*(?:import|from)\s+(?:[\w., ]+,\s*)?{re.escape(library)}\b"}, code) if library else {}
    )
    if library:
        yield found("library" if imports else "library_missing", "good" if imports else "warning", library=library)
    seeds = matches(SEEDS, code)
    if not seeds:
        yield found("seeds_missing", "warning")
    elif library == "torch" and imports and not SEEDS_OF_TORCH & seeds.keys():
        yield found("seeds_partly", "hint", _all_cells(seeds), names=listed(seeds), library=library)
    else:
        yield found("seeds", "good", _all_cells(seeds), names=listed(seeds))
    if saves := matches(SAVES, code):
        yield found("weights_saved", "good", _all_cells(saves), names=listed(saves))
    else:
        yield found("weights_not_saved", "hint")


def downloads(cells: Sequence[CodeCell]) -> dict[str, list[int]]:
    """The ways by which files are fetched, with the cells that do so."""
    return matches(DOWNLOADS, [(cell.number, f"{cell.code}\n{cell.shell}") for cell in cells])


def local_paths(cells: Sequence[CodeCell], texts: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """Paths that exist only on one machine or in one person's Drive; only their kind is named, never the path."""
    paths = matches(LOCAL_PATHS, [(cell.number, f"{cell.code}\n{cell.shell}") for cell in cells])
    for number, text in texts:
        if _LOCAL_IN_TEXT.search(text):
            paths.setdefault("a local figure or link", []).append(number)
    if paths:
        yield found("local_paths", "warning", _all_cells(paths), names=listed(paths))


def unpinned(cells: Sequence[CodeCell]) -> Iterator[Finding]:
    """Packages that are installed without a version."""
    names: dict[str, list[int]] = {}
    for cell in cells:
        for match in _INSTALL.finditer(cell.shell):
            for name in _requirements(match[1].split()):
                names.setdefault(name, []).append(cell.number)
    if names:
        yield found("pip_unpinned", "hint", _all_cells(names), names=listed(names))


def _requirements(words: Sequence[str]) -> Iterator[str]:
    """Names of the requirements without a version; an address counts as a kind, since it may hold a password."""
    skip = False
    for word in words:
        requirement = word.strip("\"'")
        if skip or requirement.startswith("-"):
            skip = not skip and requirement in _WITH_VALUE
        elif "://" in requirement:
            if not re.search(r"@[\w.-]{1,60}$", requirement.rpartition("/")[2]) and not requirement.endswith(
                (".whl", ".tar.gz")
            ):
                yield "an address"
        elif not re.search(r"[=<>~@]", requirement) and (
            name := re.match(r"[A-Za-z0-9][\w.-]{0,39}(?=\[|$)", requirement)
        ):
            yield name[0]


def functions(cells: Sequence[CodeCell]) -> Iterator[Finding]:
    """Functions of three lines or more without a docstring, a comment inside or one on the line above.

    Special methods (`__init__` …) are left out: they are explained by their class.
    """
    total, bare = 0, []
    for cell in cells:
        for node in ast.walk(cell.tree or ast.Module([], [])):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _needs_words(node):
                total += 1
                if not _is_explained(node, cell.comment_lines):
                    bare.append((cell.number, node.name))
    names = listed(name for _, name in bare)
    if bare:
        yield found(
            "functions_bare", "hint", [number for number, _ in bare], lacking=len(bare), functions=total, names=names
        )
    elif total:
        yield found("functions_documented", "good", functions=total)


def _needs_words(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    is_special = node.name.startswith("__") and node.name.endswith("__")
    return not is_special and (node.end_lineno or node.lineno) - node.lineno >= SHORT_FUNCTION


def _is_explained(node: ast.FunctionDef | ast.AsyncFunctionDef, comments: frozenset[int]) -> bool:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    span = range(first - 1, (node.end_lineno or node.lineno) + 1)
    return ast.get_docstring(node, clean=False) is not None or any(line in comments for line in span)
