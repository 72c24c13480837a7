"""Names and notes that somebody might choose to do harm with, or that are simply unusual."""

from typing import Final

#: Markup that would load, run or draw something, were it taken for markup. Whether it did can be asked afterwards.
MARKUP: Final = '<img src=x onerror="window.harmed=1">'
SCRIPT: Final = '"><script>window.harmed=1</script>'
TEMPLATE: Final = "{{7*7}} ${7*7} {amount} %s"

#: Arabic and Hebrew with digits at their ends, which would draw a number beside them to the wrong place.
ARABIC: Final = "محمد علی 99"
HEBREW: Final = "7 דוד כהן 12"

#: A family is seven code points, four of which join.
EMOJI: Final = "🙂👨\u200d👩\u200d👧 Zoë"

#: What a spreadsheet would calculate.
FORMULAS: Final = ('=HYPERLINK("http://evil.example","Pay")', "@SUM(1+1)", "+1", "-1", "=cmd|' /C calc'!A1")

#: Such may be names and notes; they are shown as they are.
ALLOWED: Final = (MARKUP, SCRIPT, TEMPLATE, ARABIC, HEBREW, EMOJI, *FORMULAS)

#: These are refused: what turns text around, shows nothing, or has no end.
REFUSED: Final = {
    "override": "Alice \u202egnp.exe",
    "isolate": "Alice \u2067x\u2069",
    "mark": "\u200fAlice",
    "zero width": "Al\u200bice",
    "byte order": "\ufeffAlice",
    "control": "Alice\x00",
    "long": "x" * 10_000,
}

ONLY_JOINERS: Final = "\u200d\u200c"

#: Names and notes of these would be there, and nobody would see them. Most hold no character that is refused by itself.
INVISIBLE: Final = {
    "joiners": ONLY_JOINERS,
    "joiners and spaces": "\u200d \u200c",
    "a mark without a letter": "\u0301",
    "selectors of variants": "\ufe0f\ufe0f",
    "fillers of Hangul": "\u115f\u1160\u3164\uffa0",
    "blank Braille": "\u2800\u2800",
    "a note head of nothing": "\U0001d159",
    "zero width": "\u200b\ufeff\u2060",
    "marks that turn text around": "\u200e\u200f\u202a\u2068",
    "tags": "\U000e0041\U000e007f",
    "unassigned": "\u0378\U000e0fff",
    "private": "\ue000",
}

#: A person may not be called this, but a file of years ago may hold anything: cells cannot run, sheets are drawn.
STORED_ONCE: Final = ("\t=1+1", "\r=1+1", "\n@x", "＝1", ONLY_JOINERS, *REFUSED.values())
