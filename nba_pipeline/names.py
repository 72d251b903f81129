"""Name keys: the one implementation of folding a display name into the text that joins use.

Only spelling belongs here. Which key means which person is the registry's business; nothing here guesses.
"""

import re
import unicodedata

#: Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"đ": "d", "ł": "l", "ø": "o", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_OUTSIDE = re.compile(r"[^a-z0-9]")
_SEPARATORS = re.compile(r"[\s,]+")
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "v"})


def fold(text: str) -> str:
    """The name key: lower-case a-z and 0-9 only, accents and special letters transliterated, suffix kept.

    "Last, First" is turned around.
    """
    return _key(_first_name_first(text))


def _first_name_first(text: str) -> str:
    """A comma says that the last name stands in front, unless nothing but a suffix follows it."""
    last, _, first = text.partition(",")
    return f"{first} {last}" if _key(first) and _key(first) not in SUFFIXES else text


def _key(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return _OUTSIDE.sub("", decomposed.translate(_LETTERS))


def base_key(text: str) -> str:
    """The name key without a suffix; only a separate last token is a suffix, so Vezenkov keeps its v."""
    return fold(" ".join(_without_suffix(text)))


def last_name_key(text: str) -> str:
    """The key of everything after the first name and before the suffix; a single word is its own last name.

    Single letters in front ("P. J. Washington") count as part of the first name.
    """
    tokens = _without_suffix(text)
    if len(tokens) > 1:
        tokens = tokens[1:]
        while len(tokens) > 1 and len(fold(tokens[0])) == 1:
            tokens = tokens[1:]
    return fold(" ".join(tokens))


def _without_suffix(text: str) -> list[str]:
    tokens = [token for token in _SEPARATORS.split(_first_name_first(text)) if _key(token)]
    return tokens[:-1] if len(tokens) > 1 and _key(tokens[-1]) in SUFFIXES else tokens
