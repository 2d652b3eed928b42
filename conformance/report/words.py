"""How the states are told in every report: a word, and a glyph that does not need colour."""

from __future__ import annotations

WORDS = {
    "pass": "passed",
    "fail": "failed",
    "known-fail": "known to fail",
    "error": "harness error",
    "unsupported": "unsupported",
    "inconclusive": "inconclusive",
    "not-run": "not run",
    "untested": "no test",
}

GLYPHS = {
    "pass": "✓",
    "fail": "✗",
    "known-fail": "✗",
    "error": "!",
    "unsupported": "○",
    "inconclusive": "?",
    "not-run": "–",
    "untested": "·",
}

VERDICTS = {
    "pass": "passes",
    "known-fail": "has known failures",
    "incomplete": "is not shown to pass",
    "fail": "fails",
}
