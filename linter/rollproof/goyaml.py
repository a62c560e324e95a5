"""ruamel.yaml's own parser, made to read as go-yaml v2 does: for platforms without libyaml, and where libyaml and go-yaml differ."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import events, tokens
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader, ReaderError
from ruamel.yaml.scanner import Scanner, ScannerError

__all__ = ["GoParser", "MarkedYAMLError", "ReaderError"]

_BREAKS = "\r\n\x85\u2028\u2029"
_BLANKS = " \t"
_ENDS = "\0" + _BREAKS
_GAPS = _BLANKS + _ENDS
_ALPHA = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_URI = _ALPHA | frozenset(";/?:@&=+$,.!~*'()[]")
_NEVER_FIRST = _GAPS + "-?:,[]{}#&*!|>'\"%@`"
_HEXADECIMAL = frozenset("0123456789ABCDEFabcdef")
_ESCAPES = dict(zip("0abt\tnvfre \"'\\N_LP", "\0\a\b\t\t\n\v\f\r\x1b \"'\\\x85\xa0\u2028\u2029", strict=True))
_ESCAPED_CODES = {"x": 2, "u": 4, "U": 8}
_BYTE_ORDER_MARK = "\ufeff"


class GoParser(Reader, Scanner, Parser, Composer):
    """Composes the nodes of the first document in a text.

    Where a method is written anew, it follows the function of the same purpose in go.yaml.in/yaml/v2 ``scannerc.go``.
    """

    processing_version = (1, 1)
    comment_handling = None
    max_depth = 0

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text, loader=self)
        Scanner.__init__(self, loader=self)
        Parser.__init__(self, loader=self)
        Composer.__init__(self, loader=self)
        # The base classes find one another as the parts of a loader.
        self._resolver = self
        # The last of several equal anchors counts, silently.
        self.warn_double_anchors = False

    def compose(self) -> Any:
        """The root node; None where the text holds no document."""
        return self.get_node() if self.check_node() else None

    # The resolver's part: every tag is left as it was written.

    def resolve(self, _kind: type, _value: object, _implicit: object) -> None:
        return None

    def descend_resolver(self, _parent: object, _index: object) -> None:
        return None

    def ascend_resolver(self) -> None:
        return None

    def check_end_doc_comment(self, _end_event: object, _node: object) -> None:
        return None

    # The reader's part.

    def forward(self, length: int = 1) -> None:
        buffer, at = self.buffer, self.pointer
        for _ in range(length):
            character = buffer[at]
            at += 1
            if character in "\n\x85\u2028\u2029" or (character == "\r" and buffer[at] != "\n"):
                self.line += 1
                self.column = 0
            elif character != "\r":
                self.column += 1
        self.pointer = at
        self.index += length

    # The scanner's part.

    def fail(self, context: str, start: Any, problem: str) -> ScannerError:
        return ScannerError(context, start, problem, self.get_mark())

    def scan_to_next_token(self) -> None:
        while True:
            if self.column == 0 and self.peek() == _BYTE_ORDER_MARK:
                self.forward()
            # A tab may separate tokens, but not where a key could begin: there it would be indentation.
            blanks = _BLANKS if self.flow_level or not self.allow_simple_key else " "
            while self.peek() in blanks:
                self.forward()
            if self.peek() == "#":
                while self.peek() not in _ENDS:
                    self.forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def check_plain(self) -> bool:
        first, second = self.peek(), self.peek(1) if self.peek() != "\0" else "\0"
        if first not in _NEVER_FIRST:
            return True
        return (first == "-" and second not in _BLANKS) or (not self.flow_level and first in "?:" and second not in _GAPS)

    def scan_plain(self) -> Any:
        start = end = self.get_mark()
        indent = self.indent + 1
        chunks: list[str] = []
        blanks = ""
        breaks: list[str] = []
        while not self._at_separator() and self.peek() != "#":
            if length := self._plain_length():
                if breaks:
                    chunks.append(_fold(breaks))
                else:
                    chunks.append(blanks)
                blanks, breaks = "", []
                chunks.append(self.prefix(length))
                self.forward(length)
                end = self.get_mark()
            if self.peek() not in _BLANKS + _BREAKS:
                break
            while self.peek() in _BLANKS + _BREAKS:
                if self.peek() in _BREAKS:
                    breaks.append(self.scan_line_break())
                    continue
                if breaks and self.column < indent and self.peek() == "\t":
                    raise self.fail("while scanning a plain scalar", start, "found a tab character that violates indentation")
                if not breaks:
                    blanks += self.peek()
                self.forward()
            if not self.flow_level and self.column < indent:
                break
        if breaks:
            self.allow_simple_key = True
        return tokens.ScalarToken("".join(chunks), True, start, end)

    def _at_separator(self) -> bool:
        return self.column == 0 and self.prefix(3) in ("---", "...") and self.peek(3) in _GAPS

    def _plain_length(self) -> int:
        length = 0
        while (character := self.peek(length)) not in _GAPS:
            if character == ":" and self.peek(length + 1) in _GAPS:
                break
            if self.flow_level and character in ",?[]{}":
                break
            length += 1
        return length

    def scan_anchor(self, TokenClass: Any) -> Any:  # noqa: N803 - the base class calls it so
        start = self.get_mark()
        self.forward()
        length = 0
        while self.peek(length) in _ALPHA:
            length += 1
        name = self.prefix(length)
        self.forward(length)
        if not name or self.peek() not in _GAPS + "?:,]}%@`":
            raise self.fail("while scanning an anchor or alias", start, "did not find expected alphabetic or numeric character")
        return TokenClass(name, start, self.get_mark())

    def scan_tag(self) -> Any:
        start = self.get_mark()
        handle: str | None
        if self.peek(1) == "<":
            self.forward(2)
            handle, suffix = None, self._tag_uri(start, required=True)
            if self.peek() != ">":
                raise self.fail("while scanning a tag", start, "did not find the expected '>'")
            self.forward()
        else:
            length = 1
            while self.peek(length) in _ALPHA:
                length += 1
            if self.peek(length) == "!":
                handle = self.prefix(length + 1)
                self.forward(length + 1)
                suffix = self._tag_uri(start, required=True)
            else:
                self.forward()
                handle, suffix = "!", self._tag_uri(start, required=False)
                if not suffix:
                    handle, suffix = None, "!"
        if self.peek() not in _GAPS:
            raise self.fail("while scanning a tag", start, "did not find expected whitespace or line break")
        return tokens.TagToken((handle, suffix), start, self.get_mark())

    def _tag_uri(self, start: Any, *, required: bool) -> str:
        chunks: list[str] = []
        while (character := self.peek()) in _URI or character == "%":
            if character == "%":
                chunks.append(self.scan_uri_escapes("tag", start))
            else:
                chunks.append(character)
                self.forward()
        if required and not chunks:
            raise self.fail("while parsing a tag", start, "did not find expected tag URI")
        return "".join(chunks)

    def scan_directive(self) -> Any:
        start = self.get_mark()
        length = 1
        while self.peek(length) in _ALPHA:
            length += 1
        name = self.prefix(length)[1:]
        self.forward(length)
        if not name:
            raise self.fail("while scanning a directive", start, "could not find expected directive name")
        if self.peek() not in _GAPS:
            raise self.fail("while scanning a directive", start, "found unexpected non-alphabetical character")
        if name not in ("YAML", "TAG"):
            raise self.fail("while scanning a directive", start, "found unknown directive name")
        # What they say does not matter: "---" must follow, and there the document's text ends, so the parser refuses them all.
        while self.peek() not in _ENDS:
            self.forward()
        return tokens.DirectiveToken(name, (1, 1) if name == "YAML" else ("!", "!"), start, self.get_mark())

    def scan_block_scalar(self, style: str, rt: bool | None = False) -> Any:  # noqa: ARG002 - the base class passes it
        start = self.get_mark()
        self.forward()
        chomping, increment = self._block_header(start)
        indent = max(self.indent, 0) + increment if increment else 0
        chunks: list[str] = []
        indent, breaks, end = self._block_breaks(indent, start)
        line_break, after_blank = "", False
        while self.column == indent and self.peek() != "\0":
            at_blank = self.peek() in _BLANKS
            if style == "|" or after_blank or at_blank or line_break != "\n":
                chunks.append(line_break)
            elif not breaks:
                chunks.append(" ")
            chunks += breaks
            after_blank = at_blank
            length = 0
            while self.peek(length) not in _ENDS:
                length += 1
            chunks.append(self.prefix(length))
            self.forward(length)
            line_break = self.scan_line_break()
            indent, breaks, end = self._block_breaks(indent, start)
        if chomping != "-":
            chunks.append(line_break)
        if chomping == "+":
            chunks += breaks
        return tokens.ScalarToken("".join(chunks), False, start, end, style)

    def _block_header(self, start: Any) -> tuple[str, int]:
        chomping, increment = "", 0
        for _ in range(2):
            if not chomping and self.peek() in "+-":
                chomping = self.peek()
            elif not increment and self.peek() in "0123456789":
                increment = int(self.peek())
                if increment == 0:
                    raise self.fail("while scanning a block scalar", start, "found an indentation indicator equal to 0")
            else:
                break
            self.forward()
        while self.peek() in _BLANKS:
            self.forward()
        if self.peek() == "#":
            while self.peek() not in _ENDS:
                self.forward()
        if self.peek() not in _ENDS:
            raise self.fail("while scanning a block scalar", start, "did not find expected comment or line break")
        self.scan_line_break()
        return chomping, increment

    def _block_breaks(self, indent: int, start: Any) -> tuple[int, list[str], Any]:
        """The indentation (found out where it is 0), the line breaks before the next line of content, and where they end."""
        breaks: list[str] = []
        end = self.get_mark()
        deepest = 0
        while True:
            while (not indent or self.column < indent) and self.peek() == " ":
                self.forward()
            deepest = max(deepest, self.column)
            if (not indent or self.column < indent) and self.peek() == "\t":
                raise self.fail("while scanning a block scalar", start, "found a tab character where an indentation space is expected")
            if self.peek() not in _BREAKS:
                return indent or max(deepest, self.indent + 1, 1), breaks, end
            breaks.append(self.scan_line_break())
            end = self.get_mark()

    def scan_flow_scalar(self, style: str) -> Any:
        start = self.get_mark()
        self.forward()
        chunks: list[str] = []
        while True:
            if self._at_separator():
                raise self.fail("while scanning a quoted scalar", start, "found unexpected document indicator")
            if self.peek() == "\0":
                raise self.fail("while scanning a quoted scalar", start, "found unexpected end of stream")
            joined = self._quoted_words(style, start, chunks)
            if self.peek() == style:
                break
            self._quoted_gap(chunks, joined)
        self.forward()
        return tokens.ScalarToken("".join(chunks), False, start, self.get_mark(), style)

    def _quoted_words(self, style: str, start: Any, chunks: list[str]) -> bool:
        """Reads up to a blank, a line break or the closing quote; whether an escaped line break came last."""
        while (character := self.peek()) not in _GAPS:
            if style == "'" and character == "'" and self.peek(1) == "'":
                chunks.append("'")
                self.forward(2)
            elif character == style:
                break
            elif style == '"' and character == "\\":
                if self.peek(1) in _BREAKS:
                    self.forward()
                    self.scan_line_break()
                    return True
                chunks.append(self._escape(start))
            else:
                chunks.append(character)
                self.forward()
        return False

    def _escape(self, start: Any) -> str:
        letter = self.peek(1)
        if letter in _ESCAPES:
            self.forward(2)
            return _ESCAPES[letter]
        if letter not in _ESCAPED_CODES:
            raise self.fail("while parsing a quoted scalar", start, "found unknown escape character")
        self.forward(2)
        digits = self.prefix(_ESCAPED_CODES[letter])
        if len(digits) != _ESCAPED_CODES[letter] or not set(digits) <= _HEXADECIMAL:
            raise self.fail("while parsing a quoted scalar", start, "did not find expected hexdecimal number")
        code = int(digits, 16)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            raise self.fail("while parsing a quoted scalar", start, "found invalid Unicode character escape code")
        self.forward(len(digits))
        return chr(code)

    def _quoted_gap(self, chunks: list[str], joined: bool) -> None:
        blanks = ""
        breaks: list[str] = []
        while self.peek() in _BLANKS + _BREAKS:
            if self.peek() in _BREAKS:
                breaks.append(self.scan_line_break())
                continue
            if not breaks and not joined:
                blanks += self.peek()
            self.forward()
        if joined:
            chunks += breaks
        else:
            chunks.append(_fold(breaks) if breaks else blanks)

    # The parser's part.

    def parse_document_end(self) -> Any:
        mark = self.peek_token().start_mark
        self.state = self.parse_document_start
        return events.DocumentEndEvent(mark, mark, explicit=self.check_token(tokens.DocumentEndToken))

    def parse_block_mapping_value(self) -> Any:
        self.state = self.parse_block_mapping_key
        if not self.check_token(tokens.ValueToken):
            return self.process_empty_scalar(self.peek_token().start_mark)
        token = self.get_token()
        if self.check_token(tokens.KeyToken, tokens.ValueToken, tokens.BlockEndToken):
            return self.process_empty_scalar(token.end_mark)
        self.states.append(self.parse_block_mapping_key)
        return self.parse_block_node_or_indentless_sequence()

    def parse_flow_mapping_value(self) -> Any:
        self.state = self.parse_flow_mapping_key
        if self.check_token(tokens.ValueToken):
            self.get_token()
            if not self.check_token(tokens.FlowEntryToken, tokens.FlowMappingEndToken):
                self.states.append(self.parse_flow_mapping_key)
                return self.parse_flow_node()
        return self.process_empty_scalar(self.peek_token().start_mark)


def _fold(breaks: list[str]) -> str:
    """The line breaks inside a scalar as text: the first is a space unless more follow it."""
    first, rest = breaks[0], "".join(breaks[1:])
    return (rest or " ") if first == "\n" else first + rest
