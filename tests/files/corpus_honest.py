"""Ten notebooks as honest people write them, and what must be seen of each."""
# ruff: noqa: E501  (what a person wrote stays in one piece)

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

Honest = tuple[str, dict[str, Any], bytes]


def png(width: int, height: int, colour: bytes = b"\x20\x60\xa0") -> bytes:
    """A picture of one colour."""
    rows = (b"\0" + colour * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def notebooks() -> Iterator[Honest]:
    yield (
        "tutorial",
        _shows([(1, "Diffusion models"), (2, "Noise"), (2, "Training")], tables=1, formulas=3, images=1),
        _tutorial(),
    )
    yield "formulas", _shows([(1, "Formulas")], formulas=8, texts=["costs $5 or $10", "$HOME"]), _formulas()
    yield "images", _shows([(1, "Images")], images=5, texts=["image on example.org, not loaded"]), _images()
    yield "frames", _shows([(1, "Data")], tables=2, texts=["0.25", "Mutagenicity"]), _frames()
    yield "errors", _shows([(1, "Errors")], texts=["ZeroDivisionError", "division by zero", "<module>"]), _errors()
    yield (
        "long_outputs",
        _shows([(1, "Logs")], folded=1, texts=["170 further lines", "epoch 199", "100%"]),
        _long_outputs(),
    )
    german = [(1, "Größe & Maß"), (2, "Übungen für Anfänger")]
    yield "german", _shows(german, tables=1, formulas=1, texts=["Straße", "„Anführung“"]), _german()
    yield "chinese", _shows([(1, "扩散模型"), (2, "训练")], tables=1, texts=["损失函数", "こんにちは"]), _chinese()
    old = [(1, "Old notebook"), (2, "Second")]
    yield "nbformat_3", _shows(old, images=1, tables=1, texts=["print 1", "hello"]), _nbformat_3()
    yield (
        "interactive",
        _shows([(1, "Plots")], images=1, texts=["Interactive output, not shown.", "100%|██████| 10/10"]),
        _interactive(),
    )


def _shows(headings: list[tuple[int, str]], **more: Any) -> dict[str, Any]:
    return {"headings": headings, "tables": 0, "formulas": 0, "images": 0, "folded": 0, "texts": [], **more}


def _book(*cells: dict[str, Any]) -> bytes:
    info = {"name": "python", "version": "3.11.7", "file_extension": ".py"}
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": info,
    }
    return json.dumps(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False
    ).encode()


def _text(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True), **more}


def _code(source: str, *outputs: dict[str, Any], count: int = 1) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {"cell_type": "code", "metadata": {}, "execution_count": count, "source": lines, "outputs": list(outputs)}


def _result(**data: Any) -> dict[str, Any]:
    bundle = {name.replace("_", "/", 1): content for name, content in data.items()}
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": bundle}


def _printed(content: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": content.splitlines(keepends=True)}


def _packed(*size: int) -> str:
    return base64.encodebytes(png(*size)).decode()


def _tutorial() -> bytes:
    return _book(
        _text("# Diffusion models\n\nBy *Ada Lovelace*. We follow [the paper](https://arxiv.org/abs/2006.11239)."),
        _text(
            "## Noise\n\nAt step $t$ the image is\n\n$$x_t = \\sqrt{\\bar\\alpha_t}\\, x_0 + \\sqrt{1 - \\bar\\alpha_t}\\, \\epsilon$$\n\nwith $\\epsilon \\sim \\mathcal{N}(0, I)$."
        ),
        _text(
            "| step | noise |\n|---:|:---|\n| 0 | none |\n| 1000 | all |\n\n1. sample\n2. predict\n   - and repeat\n\n- [x] written\n- [ ] reviewed"
        ),
        _text("## Training\n\n> Loss is `mse`.\n\n```python\nfor x in data:\n    step(x)\n```"),
        _code(
            "import torch\n\ntorch.manual_seed(0)\nplt.plot(losses)",
            _printed("loss 0.1\n"),
            _result(image_png=_packed(64, 48), text_plain="<Figure size 640x480>"),
        ),
    )


def _formulas() -> bytes:
    return _book(
        _text(
            "# Formulas\n\nInline $a_1 * b_1 * c$ and \\(x < y\\), a pipe $|x|$, and\n\\[ \\int_0^1 f(x)\\,dx \\]\n\nIt costs $5 or $10, in `$HOME`."
        ),
        _text(
            "\\begin{align}\na &= b + c \\\\\n  &= d\n\\end{align}\n\n$$\n\\begin{pmatrix} 1 & 0 \\\\ 0 & 1 \\end{pmatrix}\n=\nI\n$$\n\n- item with $\\frac{1}{2}$"
        ),
        _code("Eq(x)", _result(text_latex="$\\displaystyle x^{2} + 1$", text_plain="x**2 + 1")),
    )


def _images() -> bytes:
    picture = _packed(20, 10)
    drawing = (
        "<?xml version='1.0' encoding='utf-8' standalone='no'?>\n<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'\n"
        " 'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd'>\n<svg height='72pt' version='1.1' viewBox='0 0 144 72' width='144pt'"
        " xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><defs><style>*{stroke-linejoin:round}"
        "</style><path id='m' d='M 0 0 L 3 3' style='stroke: #000000'/></defs><g clip-path='url(#c)'><use xlink:href='#m' x='9'/></g>"
        "<clipPath id='c'><rect width='9' height='9'/></clipPath><text style='font: 9px serif'>axis</text></svg>"
    )
    flat = picture.replace("\n", "")
    return _book(
        _text("# Images\n\n![A blue plate](attachment:plate.png)", attachments={"plate.png": {"image/png": picture}}),
        _text(
            f'<img src="data:image/png;base64,{flat}" width="100" alt="wide">\n\n![far](https://example.org/a.png "title")'
        ),
        _code("show()", _result(image_png=_packed(5, 5)), _result(**{"image_svg+xml": drawing}), count=2),
        _code("display()", _result(image_gif=base64.b64encode(b"GIF89a\x03\0\x02\0\0\0\0;").decode()), count=3),
    )


def _frames() -> bytes:
    style = "<style scoped>\n    .dataframe tbody tr th {\n        vertical-align: top;\n    }\n</style>"
    rows = "".join(f"<tr><th>{n}</th><td>Mutagenicity</td><td>{n / 4}</td></tr>\n" for n in range(5))
    head = '<thead><tr style="text-align: right;"><th></th><th>data set</th><th>share</th></tr></thead>'
    frame = f'<div>\n{style}\n<table border="1" class="dataframe">{head}<tbody>{rows}</tbody></table>\n</div>'
    multi = "<table><tr><th colspan=2 scope=colgroup>both</th></tr><tr><td rowspan=2>a<td>b<tr><td>c</table>"
    return _book(
        _text("# Data"),
        _code("df.head()", _result(text_html=frame, text_plain="  data")),
        _code("df2", _result(text_html=multi)),
    )


def _errors() -> bytes:
    lines = [
        "\x1b[0;31m---------------------------------------------------------------------------\x1b[0m",
        "\x1b[0;31mZeroDivisionError\x1b[0m                         Traceback (most recent call last)",
        "Cell \x1b[0;32mIn[1], line 1\x1b[0m, in \x1b[0;36m<module>\x1b[0;34m\x1b[0m\n\x1b[0;32m----> 1\x1b[0;31m \x1b[0;36m1\x1b[0m/\x1b[0;36m0\x1b[0m",
        "\x1b[0;31mZeroDivisionError\x1b[0m: division by zero",
    ]
    error = {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero", "traceback": lines}
    return _book(_text("# Errors"), _code("1/0", _printed("UserWarning: careful\n", "stderr"), error))


def _long_outputs() -> bytes:
    log = "".join(f"epoch {n}: loss {1 / (n + 1):.4f}\n" for n in range(200))
    bar = "".join(f"\r{n}%|{'█' * (n // 10)}" for n in range(101)) + "\n"
    return _book(
        _text("# Logs"),
        _code("train()", _printed(log[:1000]), _printed(log[1000:])),
        _code("bar()", _printed(bar, "stderr")),
    )


def _german() -> bytes:
    return _book(
        _text(
            "# Größe & Maß\n\nDie Straße ist „Anführung“ <b>fett</b>.\n\n| Größe | Wert |\n|---|---|\n| Länge | $\\ell = 5$ |"
        ),
        _text("## Übungen für Anfänger\n\nZurück zu [Größe](#Größe-&-Maß)."),
        _code("größe = 5  # in Metern\nprint(f'{größe} m')", _printed("5 m\n")),
    )


def _chinese() -> bytes:
    return _book(
        _text("# 扩散模型\n\n**损失函数**如下。こんにちは。\n\n| 名称 | 值 |\n|---|---|\n| 学习率 | 0.1 |"),
        _text("## 训练"),
        _code("数据 = [1, 2]\nprint('你好')", _printed("你好\n")),
    )


def _nbformat_3() -> bytes:
    frame = "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
    outputs = [
        {"output_type": "stream", "stream": "stdout", "text": ["hello\n"]},
        {"output_type": "pyout", "prompt_number": 1, "html": [frame], "text": ["a"]},
        {"output_type": "display_data", "png": _packed(9, 9), "text": "<Figure>"},
    ]
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Old notebook"]},
        {"cell_type": "heading", "level": 2, "source": "Second"},
        {"cell_type": "code", "language": "python", "input": ["print 1"], "prompt_number": 1, "outputs": outputs},
    ]
    return json.dumps(
        {"metadata": {"name": "old"}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    ).encode()


def _interactive() -> bytes:
    plot = {
        "application/vnd.plotly.v1+json": {"data": [{"x": [1, 2]}]},
        "text/html": "<div id=p></div><script>Plotly.newPlot('p')</script>",
    }
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "100%|██████| 10/10"}
    both = {**plot, "image/png": _packed(8, 8)}
    outputs = [{"output_type": "display_data", "metadata": {}, "data": data} for data in (plot, widget, both)]
    return _book(_text("# Plots"), _code("fig.show()", *outputs))
