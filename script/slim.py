"""Leave out of Tabler's style sheet what no page of ours uses: 79 kB compressed become 36.

Whole families go (carousels, ribbons, colours of social networks, the parts that have a
counterpart in static/css/), never single classes, so that a template may use any class of
the families that stay without this file being touched.
"""

from __future__ import annotations

import re

#: The first word of a class name: ".navbar-brand" belongs to "navbar".
FAMILIES = frozenset(
    re.findall(
        r"\S+",
        """
    accordion animated avatar badge badges breadcrumb bs btn calendar carousel chart chat columns
    datagrid date dimmer divide dropdown dropend dropstart dropup empty fade figure float focus
    footer g-col grid highlight hover img layout legend loader markdown mention modal mh mw nav
    navbar object offcanvas offset on order otp page pagination placeholder popover progress
    progressbg range ratio ribbon signal signature space sparkline stars status step steps strength
    subheader switch tab tag tags theme timeline toast toolbar tooltip touch tracking translate user
    vh vw was wave next prev hide list skip show collapse collapsing sortable scrollable font fs
    lead display ring tabler callout caption divide demo lt z stretched
""",
    )
)
#: Single members that stay out of families that stay in, and colours that are nobody's.
FOREIGN = re.compile(
    r"(?:^|-)(?:facebook|twitter|linkedin|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|x-lt|tabler)(?:-|$)"
    r"|^text-bg-|^link-|^btn-(?:x|animate|pill|square|loading|action|ghost|outline)|-xxl(?:-|$)|-fg$|^card-(?:stamp|tabs|rotate|link|cover|avatar|sponsor)"
    r"|^bg-gradient|^bg-opacity|^border-opacity|^text-opacity|^icon-(?:pulse|tada|rotate)|^form-(?:colorinput|imagecheck|selectgroup)"
    r"|^(?:g|gx|gy|gap|row|column|p|m)[a-z]*-(?:sm|xl)-|^(?:row|column)-gap|^row-cols|^(?:flex|align|justify|d|w|h)-[a-z-]*?-?sm-"
)
CLASS = re.compile(r"\.(-?[_a-zA-Z](?:[\w-]|\\.)*)")
NESTED = ("@media", "@supports", "@layer")


def blocks(css: str) -> list[tuple[str, str]]:
    """Split a style sheet into (what stands before the brace, what stands inside)."""
    found, at = [], 0
    while (brace := css.find("{", at)) >= 0:
        depth, end = 1, brace + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        found.append((css[at:brace].strip(), css[brace + 1 : end - 1]))
        at = end
    return found


def commas(selectors: str) -> list[str]:
    """Split a list of selectors at its outer commas."""
    found, depth, last = [], 0, 0
    for at, letter in enumerate(selectors):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == "," and not depth:
            found.append(selectors[last:at])
            last = at + 1
    return [*found, selectors[last:]]


def is_wanted(selector: str) -> bool:
    """Tell whether a selector names only classes that stay."""
    if selector.startswith("body[data-bs-theme"):
        return False
    # What a selector excludes says nothing about what it paints.
    names = CLASS.findall(re.sub(r":not\([^)]*\)", "", selector))
    return not any(
        name.split("-", 1)[0].split("\\", 1)[0] in FAMILIES or FOREIGN.search(name) for name in names
    )


def slim(css: str) -> str:
    """Return the style sheet without the families that no page uses."""
    kept = []
    for head, body in blocks(re.sub(r"/\*.*?\*/|@charset[^;]*;", "", css, flags=re.DOTALL)):
        if head.startswith(NESTED):
            inside = slim(body)
            kept.append(f"{head}{{{inside}}}" if inside else "")
        elif head.startswith("@"):
            kept.append(f"{head}{{{body}}}")
        elif selectors := [one for one in commas(head) if is_wanted(one)]:
            kept.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(kept)
