"""The notebook page's figures: a notebook of 1.4 MB with 60 cells and 10 pictures, read and rendered, whole and after a change."""

import json
import statistics
import struct
import time
import zlib
from base64 import b64encode
from random import Random
from typing import Any

from submissions.domain.notebook import read_notebook
from submissions.domain.notebook_html import render
from submissions.domain.render_notebook import known, rendered

ROUNDS = 15
PICTURES = 10
CELLS = 60


def notebooks() -> dict[str, tuple[float, str]]:
    """Median CPU times in milliseconds (one thread, no I/O, so the wall agrees on an idle machine), imports not counted; and sizes."""
    data, changed = bench_notebook(), bench_notebook(change="x = 1  # one cell of sixty has changed")
    render(read_notebook(changed))  # imports and tables that are made once
    whole = [_ms(data) for _round in range(ROUNDS)]
    kept = json.dumps(rendered(data, {})["known"])  # as it lies beside the earlier version
    again = [_ms(changed, kept) for _round in range(ROUNDS)]
    result = render(read_notebook(data))
    return {
        f"notebook of {len(data) / 1e6:.2f} MB, {CELLS} cells: read and render": (statistics.median(whole), "ms"),
        "notebook with one changed cell: read and render": (statistics.median(again), "ms"),
        "notebook: HTML": (len(result.html.encode()) / 1000, "kB"),
        "notebook: scripts": (float(result.html.lower().count("<script")), ""),
    }


def bench_notebook(change: str = "") -> bytes:
    """A tutorial as students hand it in: text with formulas, code, tables, training logs, an error, and ten plots of 100 kB."""
    random = Random(7)
    cells: list[dict[str, Any]] = []
    for number in range(CELLS // 2):
        cells += [_text(number), _code(number, random, change if number == CELLS // 4 else "")]
    metadata = {"kernelspec": {"language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1).encode()


def png(width: int, height: int, random: Random) -> bytes:
    """A picture of noise, which does not get smaller when packed."""
    rows = b"".join(b"\0" + random.randbytes(3 * width) for _row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    packed = (struct.pack(">I", len(body)) + kind + body + _crc(kind + body) for kind, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _crc(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _text(number: int) -> dict[str, Any]:
    source = f"""## {number + 1}. The reverse process, step {number}

We learn $p_\\theta(x_{{t-1}} \\mid x_t)$ with a network that predicts the **noise** $\\epsilon_{{{number}}}$, as in
[Ho et al.](https://arxiv.org/abs/2006.11239). The *variance* stays fixed, which makes training stable; see `train()` below.

- first we sample a time step,
- then we add noise, and predict it again.
"""
    if number % 2:
        source += f"""
$$L_{{{number}}} = \\mathbb{{E}}_{{t, x_0, \\epsilon}} \\left[ \\lVert \\epsilon - \\epsilon_\\theta(x_t, t) \\rVert^2 \\right]$$
"""
    if number % 3 == 0:
        source += f"""
| setting | value | remark |
|:--|--:|---|
| steps | {number * 100} | linear schedule |
| learning rate | 0.0002 | Adam, no decay |
"""
    return {"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": _lines(source)}


def _code(number: int, random: Random, change: str) -> dict[str, Any]:
    source = (
        change
        or f'''def train_step_{number}(model, batch, optimizer, *, steps={number + 10}):
    """Sample a time step for every molecule of the batch, add noise, and learn to predict it."""
    times = torch.randint(0, steps, (batch.num_graphs,), device=batch.pos.device)
    noise = torch.randn_like(batch.pos)  # centred below, so that the model stays translation invariant
    noisy = alphas[times] * batch.pos + sigmas[times] * noise
    loss = ((model(noisy, batch.h, times) - noise) ** 2).mean()
    if not torch.isfinite(loss):
        raise ValueError(f"loss is {{loss.item()}} at step {number}")
    optimizer.zero_grad()
    loss.backward()
    return loss.item()
'''
    )
    cell = {"cell_type": "code", "id": f"code-{number}", "metadata": {}, "execution_count": number + 1}
    return {**cell, "source": _lines(source), "outputs": list(_outputs(number, random))}


def _outputs(number: int, random: Random) -> list[dict[str, Any]]:
    if number % 3 == 0:
        plot = b64encode(png(182, 182, random)).decode()
        data = {"image/png": plot, "text/plain": ["<Figure size 640x480 with 1 Axes>"]}
        return [{"output_type": "display_data", "metadata": {}, "data": data}]
    if number % 3 == 1:
        log = [f"epoch {epoch:3d}  loss {random.random():.4f}  time {random.random():.2f}s\n" for epoch in range(40)]
        return [{"output_type": "stream", "name": "stdout", "text": log}]
    if number == 29:
        trace = ["\x1b[0;31m" + "-" * 75 + "\x1b[0m", "\x1b[0;31mValueError\x1b[0m: loss is nan"]
        return [{"output_type": "error", "ename": "ValueError", "evalue": "loss is nan", "traceback": trace}]
    data = {"text/html": _lines(_frame(random)), "text/plain": ["   epoch  loss"]}
    return [{"output_type": "execute_result", "metadata": {}, "execution_count": number + 1, "data": data}]


def _frame(random: Random) -> str:
    head = "".join(f"      <th>{name}</th>\n" for name in ("", "epoch", "loss", "atoms", "stable"))
    rows = "".join(
        f"    <tr>\n      <th>{row}</th>\n"
        + "".join(f"      <td>{random.random():.6f}</td>\n" for _column in range(4))
        + "    </tr>\n"
        for row in range(10)
    )
    style = "<style scoped>\n    .dataframe tbody tr th {\n        vertical-align: top;\n    }\n</style>\n"
    table = f'<table border="1" class="dataframe">\n  <thead>\n    <tr style="text-align: right;">\n{head}    </tr>\n  </thead>\n'
    return f"<div>\n{style}{table}  <tbody>\n{rows}  </tbody>\n</table>\n</div>"


def _ms(data: bytes, kept: str = "") -> float:
    """What the child process does between its imports and its output; `kept` is the file of the earlier version's cells."""
    start = time.process_time()
    rendered(data, {}, known(kept) if kept else {})
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    for name, (figure, unit) in notebooks().items():
        print(f"{name:60} {figure:10.2f}  {unit}")  # noqa: T201
