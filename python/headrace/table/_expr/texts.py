"""Functions of texts and bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table._expr.base import Base, given

if TYPE_CHECKING:
    from headrace.table.expression import Expression


class Texts(Base):
    """Texts: positions count from 1, characters are code points."""

    def concat(self, other: Any) -> Expression:
        """This text with another behind it."""
        return self._call("concat", other)

    def starts_with(self, start_expr: Any) -> Expression:
        """Whether the text begins so."""
        return self._call("startsWith", start_expr)

    def ends_with(self, end_expr: Any) -> Expression:
        """Whether the text ends so."""
        return self._call("endsWith", end_expr)

    def substring(self, begin_index: Any, length: Any = None) -> Expression:
        """The part from an index on, of a length or to the end."""
        return self._call("substring", begin_index, *given(length))

    def substr(self, begin_index: Any, length: Any = None) -> Expression:
        """The part from an index on, of a length or to the end."""
        return self._call("substr", begin_index, *given(length))

    def replace(self, search: Any = None, replacement: Any = None) -> Expression:
        """Every occurrence replaced."""
        return self._call("replace", search, replacement)

    def translate(self, from_str: Any, to_str: Any) -> Expression:
        """Each character of from_str replaced by that of to_str."""
        return self._call("translate", from_str, to_str)

    @property
    def char_length(self) -> Expression:
        """The number of characters."""
        return self._call("charLength")

    @property
    def upper_case(self) -> Expression:
        """In capitals."""
        return self._call("upper")

    @property
    def lower_case(self) -> Expression:
        """In small letters."""
        return self._call("lower")

    @property
    def init_cap(self) -> Expression:
        """Each word with a capital first letter."""
        return self._call("initCap")

    def like(self, pattern: Any = None, escape: Any = None) -> Expression:
        """Whether the text matches a pattern of SQL: % any text, _ any character."""
        return self._call("like", pattern, *given(escape))

    def similar(self, pattern: Any = None) -> Expression:
        """Whether the text matches a regular expression of SQL."""
        return self._call("similar", pattern)

    def position(self, haystack: Any = None) -> Expression:
        """Where this text is in another, 0 for nowhere."""
        return self._call("position", haystack)

    def lpad(self, length: Any, pad: Any) -> Expression:
        """The text at a length, filled up or cut, filling on the left."""
        return self._call("lpad", length, pad)

    def rpad(self, length: Any, pad: Any) -> Expression:
        """The text at a length, filled up or cut, filling on the right."""
        return self._call("rpad", length, pad)

    def overlay(self, new_string: Any, starting: Any, length: Any = None) -> Expression:
        """The text with a part replaced by another."""
        return self._call("overlay", new_string, starting, *given(length))

    def regexp(self, regex: Any) -> Expression:
        """Whether any part matches a regular expression."""
        return self._call("regexp", regex)

    def regexp_count(self, regex: Any) -> Expression:
        """How often a regular expression matches."""
        return self._call("regexpCount", regex)

    def regexp_replace(self, regex: Any, replacement: Any) -> Expression:
        """Every match replaced by a text."""
        return self._call("regexpReplace", regex, replacement)

    def regexp_extract(self, regex: Any, extract_index: Any = None) -> Expression:
        """A group of the first match."""
        return self._call("regexpExtract", regex, *given(extract_index))

    def regexp_extract_all(self, regex: Any, extract_index: Any = None) -> Expression:
        """A group of each match, as an array."""
        return self._call("regexpExtractAll", regex, *given(extract_index))

    def regexp_instr(self, regex: Any) -> Expression:
        """Where a regular expression first matches, 0 for nowhere."""
        return self._call("regexpInstr", regex)

    def regexp_substr(self, regex: Any) -> Expression:
        """The first match."""
        return self._call("regexpSubstr", regex)

    @property
    def from_base64(self) -> Expression:
        """The text that base 64 stands for."""
        return self._call("fromBase64")

    @property
    def to_base64(self) -> Expression:
        """The text in base 64."""
        return self._call("toBase64")

    @property
    def ascii(self) -> Expression:
        """The number of the first character."""
        return self._call("ascii")

    @property
    def chr(self) -> Expression:
        """The character of a number."""
        return self._call("chr")

    def decode(self, charset: Any) -> Expression:
        """Bytes as text."""
        return self._call("decode", charset)

    def encode(self, charset: Any) -> Expression:
        """Text as bytes."""
        return self._call("encode", charset)

    def left(self, length: Any) -> Expression:
        """The first characters."""
        return self._call("left", length)

    def right(self, length: Any) -> Expression:
        """The last characters."""
        return self._call("right", length)

    def instr(self, s: Any) -> Expression:
        """Where a text is in this one, 0 for nowhere."""
        return self._call("instr", s)

    def locate(self, s: Any, pos: Any = None) -> Expression:
        """Where this text is in another, from a position on."""
        return self._call("locate", s, *given(pos))

    def url_decode(self) -> Expression:
        """Percent-encoding undone."""
        return self._call("urlDecode")

    def url_encode(self) -> Expression:
        """The text percent-encoded."""
        return self._call("urlEncode")

    def inet_aton(self) -> Expression:
        """An IPv4 address as a number."""
        return self._call("inetAton")

    def inet_ntoa(self) -> Expression:
        """A number as an IPv4 address."""
        return self._call("inetNtoa")

    def parse_url(self, part_to_extract: Any, key: Any = None) -> Expression:
        """A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO."""
        return self._call("parseUrl", part_to_extract, *given(key))

    def printf(self, *obj: Any) -> Expression:
        """The values in this format."""
        return self._call("printf", *obj)

    def ltrim(self, trim_str: Any = None) -> Expression:
        """Without blanks, or these characters, on the left."""
        return self._call("ltrim", *given(trim_str))

    def rtrim(self, trim_str: Any = None) -> Expression:
        """Without blanks, or these characters, on the right."""
        return self._call("rtrim", *given(trim_str))

    def btrim(self, trim_str: Any = None) -> Expression:
        """Without blanks, or these characters, on both sides."""
        return self._call("btrim", *given(trim_str))

    def repeat(self, n: Any) -> Expression:
        """The text n times."""
        return self._call("repeat", n)

    @property
    def reverse(self) -> Expression:
        """The text backwards."""
        return self._call("reverse")

    def split_index(self, separator: Any, index: Any) -> Expression:
        """A part between separators, from 0."""
        return self._call("splitIndex", separator, index)

    def str_to_map(self, list_delimiter: Any = None, key_value_delimiter: Any = None) -> Expression:
        """"a=1,b=2" as a map."""
        return self._call("strToMap", *given(list_delimiter, key_value_delimiter))

    def elt(self, expr: Any, *exprs: Any) -> Expression:
        """The argument with this number, from 1."""
        return self._call("elt", expr, *exprs)

    def split(self, delimiter: Any) -> Expression:
        """The parts between delimiters, as an array."""
        return self._call("split", delimiter)

    @property
    def md5(self) -> Expression:
        """The MD5 hash in hexadecimal digits."""
        return self._call("md5")

    @property
    def sha1(self) -> Expression:
        """The SHA-1 hash in hexadecimal digits."""
        return self._call("sha1")

    @property
    def sha224(self) -> Expression:
        """The SHA-224 hash in hexadecimal digits."""
        return self._call("sha224")

    @property
    def sha256(self) -> Expression:
        """The SHA-256 hash in hexadecimal digits."""
        return self._call("sha256")

    @property
    def sha384(self) -> Expression:
        """The SHA-384 hash in hexadecimal digits."""
        return self._call("sha384")

    @property
    def sha512(self) -> Expression:
        """The SHA-512 hash in hexadecimal digits."""
        return self._call("sha512")

    def sha2(self, hash_length: Any) -> Expression:
        """A SHA-2 hash of 224, 256, 384 or 512 bits."""
        return self._call("sha2", hash_length)

    def trim(self, character: Any = None) -> Expression:
        """Without blanks, or this character, on both sides."""
        return self._call("trim", *given(character))

    def trim_leading(self, character: Any = None) -> Expression:
        """Without blanks, or this character, in front."""
        return self._call("trimLeading", *given(character))

    def trim_trailing(self, character: Any = None) -> Expression:
        """Without blanks, or this character, at the end."""
        return self._call("trimTrailing", *given(character))
