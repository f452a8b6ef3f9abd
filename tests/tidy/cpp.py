"""C++ as far as the rules need it: text without comments, and where functions begin and end.

The scanner counts braces of clang-formatted code and judges each by what stands before it since the
last ';', '{' or '}'. It does not expand macros and sees all branches of an #if.
"""
import re

_TOKEN = re.compile(r"""
    //[^\n]*                                       # comments
  | /\*.*?\*/
  | R"(?P<raw>[^()\\\s]{0,16})\(.*?\)(?P=raw)"     # raw strings
  | "(?:\\.|[^"\\\n])*"                            # strings
  | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'            # characters, but not digit separators
""", re.X | re.S)


def _blank(found):
    """The same number of lines and columns, without what could be read as code."""
    text = found[0]
    keep = text[0] if text[0] in "\"'" else ""
    middle = re.sub(r"[^\n]", " ", text[len(keep):len(text) - len(keep)])
    return keep + middle + keep


def without_comments(text):
    """The text with comments, strings and characters blanked, line for line."""
    return _TOKEN.sub(_blank, text)


def _without_directives(text):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m[0]), text,
                  flags=re.M)


_CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum)\b|\bextern\s*\"[^\"]*\"\s*$")
_INITIALIZER_LIST = re.compile(r"\)\s*(noexcept\s*)?:(?!:)")


def _kind(head, inside):
    """What a '{' opens, given the text before it and the kind it stands in."""
    if inside not in ("file", "container"):
        return "block"
    # The keyword must come before any parenthesis, and not among template parameters.
    before, count = head, 1
    while count:
        before, count = re.subn(r"<[^<>]*>", "", before)
    if _CONTAINER.search(before.split("(")[0]):
        return "container"
    if "(" not in head:
        return "value"
    if _INITIALIZER_LIST.search(head) and re.search(r"[\w>]\s*$", head.rstrip()):
        return "member"  # constructor: a_{1}, b_{2} {…}
    return "function" if head.count("(") == head.count(")") else "value"


def functions(text):
    """[(first line, number of lines)] of each function, lambdas counted with their function."""
    code = _without_directives(without_comments(text))
    found, stack = [], []  # stack: (kind, line of the head, head)
    head, head_line, line = "", None, 1
    for c in code:
        if c == "{":
            kind = _kind(head, stack[-1][0] if stack else "file")
            stack.append((kind, head_line or line, head))
            head, head_line = "", None
        elif c == "}":
            kind, first, before = stack.pop() if stack else ("block", line, "")
            if kind == "function":
                found.append((first, line - first + 1))
            # What follows a member's or a default value's braces still belongs to the same head.
            head, head_line = (before + " ", first) if kind in ("member", "value") else ("", None)
            if kind in ("member", "value"):
                head += "}"
        elif c == ";":
            if head.count("(") == head.count(")"):
                head, head_line = "", None
        else:
            if head_line is None and not c.isspace():
                head_line = line
            if head_line is not None:
                head += c
            if c == ":" and head in ("public:", "private:", "protected:"):
                head, head_line = "", None
        line += c == "\n"
    return found
