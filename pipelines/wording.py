"""What pydantic finds wrong, in the words of our errors: what was expected, and what came."""

from pydantic_core import ErrorDetails

_EXPECTED = {
    "missing": "this key, it is missing",
    "extra_forbidden": "no such key here",
    "string_type": "a text",
    "string_too_short": "a text of {min_length} or more characters",
    "string_too_long": "a text of at most {max_length} characters",
    "string_pattern_mismatch": "a text of the form {pattern}",
    "literal_error": "{expected}",
    "tuple_type": "a list",
    "list_type": "a list",
    "too_short": "{min_length} or more entries, got {actual_length}",
    "too_long": "{max_length} entries or fewer, got {actual_length}",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "dict_type": "keys with values",
    "mapping_type": "keys with values",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "date_type": "a date like 2026-01-05",
    "date_parsing": "a date like 2026-01-05",
    "date_from_datetime_parsing": "a date like 2026-01-05",
    "date_from_datetime_inexact": "a date like 2026-01-05",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than": "a number greater than {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number less than {lt}",
    "less_than_equal": "a number of at most {le}",
}
"""By the type of pydantic's error; `{name}` is filled in from its context."""


def expectation(error: ErrorDetails, *, secret: bool = False) -> str:
    """One error of a ValidationError as `expected ..., got ...`; a ``secret`` input is not shown."""
    message = str(error["msg"]).removeprefix("Value error, ")
    words = _EXPECTED.get(error["type"])
    if words is not None:
        message = "expected " + words.format_map(error.get("ctx", {}))
    elif "expected" in message:
        return message
    else:
        message = f"expected: {message[0].lower()}{message[1:]}"
    given = error.get("input")
    if secret or error["type"] == "missing" or isinstance(given, dict | list | tuple):
        return message
    return f"{message}, got {given!r}"
