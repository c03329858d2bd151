"""What the pre-flight says of slides: tiny PDFs written by hand, one promise each, and any bytes at all."""

import io
import json
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.domain import preflight_report
from submissions.domain.check_slides import check_slides, reading
from submissions.domain.check_slides.rules import count_sentences, count_words
from submissions.domain.checks import WORDS, Finding, dump, found, load, sentence

WIDE = (720.0, 405.0)
EMBEDDED = "/FontDescriptor << /Type /FontDescriptor /FontFile2 2 0 R >>"
TALK = [
    "A talk",
    *(f"Slide\n{word} words here\n{n}" for n, word in enumerate(["some", "few", "good", "nice"] * 4, start=2)),
]


def pdf(
    texts: Sequence[str],
    *,
    sizes: Sequence[tuple[float, float]] = (WIDE,),
    font: str = f"/Subtype /TrueType /BaseFont /ABCDEF+Inter {EMBEDDED}",
    page: str = "",
    catalog: str = "",
    trailer: str = "",
) -> bytes:
    """A PDF with one page for each text; the last size goes on, `page`, `catalog` and `trailer` are added as they are."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(texts)))
    objects = [
        f"<< /Type /Catalog /Pages 3 0 R {catalog} >>",
        "<< /Length 0 >>\nstream\n\nendstream",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} /Resources << /Font << /F << /Type /Font {font} >> >> >> >>",
    ]
    for number, text in enumerate(texts):
        width, height = sizes[min(number, len(sizes) - 1)]
        objects.append(
            f"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 {width} {height}] /Contents {5 + 2 * number} 0 R {page} >>"
        )
        lines = "".join(f"({line}) Tj T* " for line in text.split("\n") if line)
        content = f"BT /F 20 Tf 24 TL 30 350 Td {lines}ET"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    return assemble(objects, trailer)


def assemble(objects: Sequence[str], trailer: str) -> bytes:
    body, offsets = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer} >>"
    return body + f"{end}\nstartxref\n{len(body)}\n%%EOF\n".encode("latin-1")


def encrypted(password: str) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(pdf(TALK)))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def by_code(data: bytes, **options: object) -> dict[str, Finding]:
    findings = check_slides(data, **options)  # type: ignore[arg-type]
    assert len({finding.code for finding in findings}) == len(findings)
    assert all(sentence(finding) for finding in findings)
    return {finding.code: finding for finding in findings}


# --- the file ---------------------------------------------------------------------------------------------------


def test_good_slides_get_nothing_but_good_findings() -> None:
    findings = check_slides(pdf(TALK))
    assert [(finding.code, finding.level, dict(finding.values)) for finding in findings] == [
        ("pages", "good", {"pages": 17}),
        ("aspect", "good", {"ratio": "16:9"}),
        ("fonts_embedded", "good", {}),
        ("slide_numbers", "good", {}),
        ("words", "good", {"median": 4, "most": 4}),
        ("sentences_few", "good", {}),
        ("minutes", "good", {"low": 16, "high": 24, "slides": 16}),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "EmptyFileError"),
        (b"no pdf", "PdfStreamError"),
        (b"%PDF-1.7\n%%EOF", "PdfReadError"),
        (pdf(TALK)[:300], None),
    ],
)
def test_file_that_is_no_pdf_is_unreadable(data: bytes, reason: str | None) -> None:
    (finding,) = check_slides(data)
    assert (finding.code, finding.level) == ("unreadable", "warning")
    assert reason in {None, finding.values["reason"]}


@settings(deadline=None)
@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda tail: pdf(["A"])[:-60] + tail))
def test_any_bytes_give_findings(data: bytes) -> None:
    findings = check_slides(data)
    assert findings
    assert load(dump(findings)) == findings


@settings(deadline=None)
@given(st.integers(0, 1200), st.binary(min_size=1, max_size=4))
def test_any_damage_gives_findings(place: int, damage: bytes) -> None:
    whole = pdf(["One\n1", "Two\n2"])
    assert check_slides(whole[:place] + damage + whole[place + len(damage) :])


def test_file_without_pages_says_so() -> None:
    assert [finding.code for finding in check_slides(pdf([]))] == ["no_pages"]


def test_encrypted_file_with_a_password_is_not_looked_into() -> None:
    assert [finding.code for finding in check_slides(encrypted("secret"))] == ["encrypted"]


def test_encrypted_file_that_opens_is_looked_into() -> None:
    findings = by_code(encrypted(""))
    assert findings["encrypted_open"].level == "hint"
    assert findings["slide_numbers"].level == "good"


def test_encrypted_file_with_a_cipher_that_is_not_installed() -> None:
    cipher = (
        "/Filter /Standard /V 5 /R 6 /Length 256 /P -4 /CF << /StdCF << /CFM /AESV3 >> >> /StmF /StdCF /StrF /StdCF"
    )
    keys = f"/O ({'a' * 48}) /U ({'a' * 48}) /OE ({'a' * 32}) /UE ({'a' * 32}) /Perms ({'a' * 16})"
    data = pdf(TALK, trailer=f"/Encrypt << {cipher} {keys} >> /ID [(a) (a)]")
    assert [finding.code for finding in check_slides(data)] == ["encrypted"]


def test_encrypted_file_with_pages_in_a_cipher_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_page: pypdf.PageObject) -> str:
        raise pypdf.errors.DependencyError

    monkeypatch.setattr(pypdf.PageObject, "extract_text", refuse)
    assert [finding.code for finding in check_slides(encrypted(""))] == ["encrypted"]


def test_only_the_first_pages_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PAGES", 3)
    findings = by_code(pdf(["Title\n1", "x\n2", "x\n3", "word " * 200]))
    assert findings["pages_not_read"] == found("pages_not_read", "hint", read=3, pages=4)
    assert "words_many" not in findings


def test_page_that_breaks_the_library_is_named() -> None:
    data = pdf(TALK).replace(b"/Contents 9 0 R", b"/Rotate (a)    ")
    findings = by_code(data)
    assert findings["pages_unreadable"].places == (3,)
    assert findings["slide_numbers"].level == "good"


def test_page_that_unpacks_to_far_too_much_is_left_out() -> None:
    bomb = zlib.compress(b"0" * 9_000_000, 9).decode("latin-1")
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /Font << >> >> >>"
    content = f"<< /Length {len(bomb)} /Filter /FlateDecode >>\nstream\n{bomb}\nendstream"
    pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    findings = by_code(assemble(["<< /Type /Catalog /Pages 2 0 R >>", pages, page, content], ""))
    assert findings["pages_unreadable"].places == (1,)


def test_forms_that_draw_each_other_again_and_again_come_to_an_end() -> None:
    form = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {} 0 R >> >> /Length {} >>\nstream\n{}\nendstream"
    calls = "/X Do " * 30
    forms = [form.format(number + 1, len(calls), calls) for number in range(4, 12)]
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 13 0 R /Resources << /XObject << /X 4 0 R >> >> >>"
    )
    content = f"<< /Length {len(calls)} >>\nstream\n{calls}\nendstream"
    pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    data = assemble(["<< /Type /Catalog /Pages 2 0 R >>", pages, page, *forms, content, content], "")
    assert by_code(data)["pages"].values == {"pages": 1}


# --- form -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "code", "values"),
    [
        ((720, 405), "aspect", {"ratio": "16:9"}),
        ((453.543, 255.118), "aspect", {"ratio": "16:9"}),
        ((362.835, 272.126), "aspect", {"ratio": "4:3"}),
        ((1280, 800), "aspect", {"ratio": "16:10"}),
        ((595, 842), "aspect_portrait", {"width": 210, "height": 297}),
        ((842, 595), "aspect_other", {"width": 297, "height": 210}),
    ],
)
def test_aspect_ratio(size: tuple[float, float], code: str, values: dict[str, object]) -> None:
    assert by_code(pdf(TALK, sizes=[size]))[code].values == values


def test_aspect_ratio_of_a_page_that_is_turned() -> None:
    assert by_code(pdf(TALK, sizes=[(405, 720)], page="/Rotate 90"))["aspect"].values == {"ratio": "16:9"}


def test_aspect_ratio_of_what_is_shown_of_a_page() -> None:
    assert by_code(pdf(TALK, sizes=[(900, 900)], page="/CropBox [0 0 400 300]"))["aspect"].values == {"ratio": "4:3"}


def test_pages_of_unequal_size_are_named() -> None:
    findings = by_code(pdf(["a", "b", "c", "d"], sizes=[WIDE, (400, 300), WIDE]))
    assert findings["sizes_unequal"] == found("sizes_unequal", "hint", [2])


@pytest.mark.parametrize(
    ("font", "level", "names"),
    [
        ("/Subtype /Type1 /BaseFont /Helvetica", "hint", "Helvetica"),
        ("/Subtype /TrueType /BaseFont /Helvetika", "warning", "Helvetika"),
        ("/Subtype /TrueType /BaseFont /ABCDEF+Comic#20Sans /FontDescriptor << >>", "warning", "Comic Sans"),
        ("/Subtype /Type0 /BaseFont /Noto /DescendantFonts [<< /FontDescriptor << >> >>]", "warning", "Noto"),
    ],
)
def test_fonts_that_are_not_embedded_are_named(font: str, level: str, names: str) -> None:
    finding = by_code(pdf(["Title", "x"], font=font))["fonts_not_embedded"]
    assert (finding.level, finding.places, finding.values) == (level, (1, 2), {"names": names, "count": 2})


@pytest.mark.parametrize(
    "font",
    [
        f"/Subtype /Type0 /BaseFont /Noto /DescendantFonts [<< {EMBEDDED} >>]",
        "/Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /CharProcs << >> /Encoding << >>",
        "/Subtype /Type1 /BaseFont /CMR10 /FontDescriptor << /FontFile 2 0 R >>",
        "/Subtype /Type1 /BaseFont /CMR10 /FontDescriptor << /FontFile3 2 0 R >>",
    ],
)
def test_fonts_that_are_embedded(font: str) -> None:
    assert "fonts_not_embedded" not in by_code(pdf(["Title", "x"], font=font))


def test_font_inside_a_form_is_seen() -> None:
    inner = "/Resources << /Font << /G << /Type /Font /Subtype /Type1 /BaseFont /Hidden >> >> >>"
    outer = f"/Resources << /XObject << /X << /Subtype /Form {inner} >> >> >>"
    assert by_code(pdf(["Title"], page=outer))["fonts_not_embedded"].values["names"] == "Hidden"


# --- numbers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "{n}",
        "- {n} -",
        "{n} / 9",
        "{n}/9",
        "Jane Doe {n}",
        "{n} A seminar",
        "Slide {n} of 9",
        "Page {n}",
        "Seite {n} von 9",
    ],
)
def test_slide_numbers_are_recognised(line: str) -> None:
    assert by_code(pdf(["Title", *(f"x y\n{line.format(n=n)}" for n in range(2, 10))]))["slide_numbers"].level == "good"


@pytest.mark.parametrize("shift", [-1, 1, 3])
def test_slide_numbers_may_be_shifted(shift: int) -> None:
    assert "slide_numbers" in by_code(pdf(["Title", *(f"x\n{n + shift}" for n in range(2, 10))]))


@pytest.mark.parametrize("line", ["", "7", "2017", "a3b", "{n}.5", "{n}th"])
def test_other_numbers_are_no_slide_numbers(line: str) -> None:
    finding = by_code(pdf(["Title", *(f"x y\n{line.format(n=n)}" for n in range(2, 10))]))["slide_numbers_missing"]
    assert finding.level == "warning"
    assert len(finding.places) >= 7


def test_slide_numbers_missing_on_some_pages_are_a_hint() -> None:
    finding = by_code(pdf(["Title", *(f"x\n{n}" for n in range(2, 7)), "x", "x", "x"]))["slide_numbers_missing"]
    assert (finding.level, finding.places) == ("hint", (7, 8, 9))


def test_slide_numbers_of_slides_that_are_built_up_in_steps() -> None:
    steps = [f"Slide {'abcdef'[n]}x\none two\n{end}{n + 2}" for n in range(5) for end in ("", "three four\n")]
    findings = by_code(pdf(["Title", *steps]))
    assert findings["slide_numbers"].level == "good"
    assert findings["minutes_short"].values["slides"] == 5


def test_slide_numbers_that_are_the_labels_of_the_pages() -> None:
    labels = "/PageLabels << /Nums [0 << /S /D /St 101 >>] >>"
    texts = ["Title", *(f"x\n{n}" for n in range(102, 110))]
    assert "slide_numbers" in by_code(pdf(texts, catalog=labels))
    assert "slide_numbers_missing" in by_code(pdf(texts))


# --- text -------------------------------------------------------------------------------------------------------


def test_words_above_the_limit_name_the_pages() -> None:
    findings = by_code(pdf(["Title", "word " * 80, "word " * 81, "References\n" + "word " * 200]))
    assert findings["words_many"] == found("words_many", "warning", [3], limit=80, most=81)
    assert "words_many" in by_code(pdf(["Title", "word " * 31]), most_words=30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x_t = a b 3 + 42", 0),
        ("state-of-the-art", 1),
        ("don’t stop", 2),
        ("Größe über", 2),
        ("扩散模型 ok", 3),
        ("", 0),
    ],
)
def test_count_words(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We train the net to remove the noise.", 1),
        ("We train the net to remove the\nnoise that was added.", 1),
        ("Das Modell lernt eine Verteilung über viele große\nBilder aus Daten.", 1),
        ("One two three four five six seven. One two three four five six seven!", 2),
        ("We train the net to remove the noise", 0),
        ("• Fast.\n• Good quality.\n• Cheap.", 0),
        ("• One two three four five six seven eight\n• and away.", 0),
        ("• Fast sampling and more speed\n• Good quality and more.", 0),
        ("J. Ho, A. Jain, P. Abbeel: Denoising diffusion probabilistic models, NeurIPS 2020.", 0),
        ("Song et al. propose to train one model for all the steps of it.", 1),
        ("Denoising models by Song et al. and many others in arxiv preprints of late.", 0),
    ],
)
def test_count_sentences(text: str, sentences: int) -> None:
    assert count_sentences(text) == sentences


def test_sentences_are_a_hint_on_few_slides_and_a_warning_on_most() -> None:
    whole = "We train the net to remove the noise."
    few = by_code(pdf(["Title", whole, "x", "x", "References\n" + whole]))["sentences"]
    most = by_code(pdf(["Title", whole, whole, whole]))["sentences"]
    assert (few.level, few.places, few.values["sentences"]) == ("hint", (2,), 1)
    assert (most.level, most.places, most.values["sentences"]) == ("warning", (2, 3, 4), 3)


def test_slides_without_text_say_so_and_are_not_counted() -> None:
    findings = by_code(pdf(["", "", ""]))
    assert set(findings) == {"pages", "aspect", "no_text"}
    assert findings["no_text"].level == "warning"


# --- time -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slides", "words", "code", "low", "high"),
    [
        (9, 10, "minutes_short", 9, 14),
        (10, 10, "minutes", 10, 15),
        (20, 10, "minutes", 20, 30),
        (21, 10, "minutes_long", 21, 32),
        (10, 150, "minutes", 20, 25),
    ],
)
def test_minutes_are_estimated_from_slides_and_words(slides: int, words: int, code: str, low: int, high: int) -> None:
    body = ("word " * (words - 1)).rstrip()
    findings = by_code(pdf(["Title", *(f"{'abcdefghijklmnopqrstuvwxyz'[n]}x\n{body}" for n in range(slides))]))
    assert {"low": low, "high": high, "slides": slides}.items() <= findings[code].values.items()


def test_minutes_leave_out_title_sources_thanks_and_appendix() -> None:
    texts = ["Title", "One", "References\nA book", "Thank you!", "Appendix", "Proof", "Proof"]
    assert by_code(pdf(texts))["minutes_short"].values["slides"] == 1


def test_minutes_without_a_plan_are_only_told() -> None:
    assert by_code(pdf(["Title", "One"]), minutes=(0, 0))["minutes"].level == "good"


def test_minutes_of_another_seminar() -> None:
    assert by_code(pdf(TALK), minutes=(30, 45))["minutes_short"].values["least"] == 30


# --- findings and the script ------------------------------------------------------------------------------------


def test_finding_counts_its_places_and_cuts_them() -> None:
    finding = found("words_many", "warning", [*range(150, 0, -1), 7], limit=80, most=90)
    assert finding.places == tuple(range(1, 101))
    assert finding.values["count"] == 150


def test_sentence_writes_ranges() -> None:
    assert sentence(found("sizes_unequal", "hint", [7, 5, 6, 3])).startswith(
        "The size differs from the rest on page 3, 5–7;"
    )


@pytest.mark.parametrize(
    "text",
    ["", "{}]", "[1]", '[{"code": "nonsense", "level": "good", "places": [], "values": {}}]', '[{"code": "pages"}]', "null",
     '[{"code": "pages", "level": "bad", "places": [], "values": {}}]', "[" * 100_000,
     '[{"code": "pages", "level": "good", "places": ["1"], "values": {}}]',
     '[{"code": "pages", "level": "good", "places": [], "values": {"pages": [1]}}]'],
)  # fmt: skip
def test_load_refuses_what_is_no_list_of_findings(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        load(text)


def run(path: Path, extension: str, **options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", preflight_report.__file__, str(path), extension, json.dumps(options)]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=path.parent, env={})


def test_report_runs_as_a_script_without_the_project(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(pdf(TALK))
    assert load(run(path, ".pdf").stdout) == check_slides(pdf(TALK))
    assert load(run(path, ".pdf", minutes=[30, 45]).stdout) == check_slides(pdf(TALK), minutes=(30, 45))


def test_report_on_a_broken_file_is_silent_but_for_its_findings(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(pdf(TALK).replace(b"/MediaBox", b"/MediaBox /MediaBox << /A"))
    done = run(path, ".pdf")
    assert (done.stderr, bool(load(done.stdout))) == ("", True)


def test_report_on_a_notebook_runs_as_a_script(tmp_path: Path) -> None:
    path = tmp_path / "file"
    cell = {"cell_type": "markdown", "source": "By Jane Doe", "metadata": {}}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    codes = {
        finding.code
        for finding in load(run(path, ".ipynb", paper_url="https://arxiv.org/abs/1", author="Jane Doe").stdout)
    }
    assert {"author_named", "paper_url_missing"} <= codes
    assert "author_revealed" in run(path, ".ipynb", author="Jane Doe", anonymous=True).stdout


@pytest.mark.parametrize(("extension", "codes"), [(".ipynb", ["unreadable"]), (".pdf", ["unreadable"]), (".zip", [])])
def test_report_of_what_cannot_be_read(extension: str, codes: list[str]) -> None:
    assert [finding.code for finding in preflight_report.report(b"PK", extension)] == codes


def test_every_code_has_a_sentence_that_says_what_to_do_or_that_all_is_well() -> None:
    assert all(text.endswith(".") and len(text) <= 140 for text in WORDS.values())
