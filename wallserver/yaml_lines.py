"""YAML that remembers on which line each key stands, so that an error can name it."""

from __future__ import annotations

from typing import Any

import yaml


class YamlError(Exception):
    """A text that is not YAML, or YAML that we do not take; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


_TOO_DEEP = "groups and lists are too deep in each other"

type Lines = dict[tuple[str, ...], int]


def read_yaml(text: str) -> tuple[Any, Lines]:
    """The values of a document, and the line of each key and list entry by its path: (http, port).

    Keys without a value are left out (they mean "the default"); a key that stands twice is an error, and so
    are aliases of groups and lists, which nobody needs here and which can make a document endless.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlError(f"this is not YAML: {error.problem}", line) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow; its message has no line
        raise YamlError("this is not YAML: it has a character that YAML does not allow", 1) from error
    except RecursionError as error:
        raise YamlError(_TOO_DEEP, 1) from error
    reader = _Reader()
    try:
        return (None if root is None else reader.read(root, ())), reader.lines
    except RecursionError as error:
        raise YamlError(_TOO_DEEP, 1) from error


class _Reader:
    def __init__(self) -> None:
        self.lines: Lines = {}
        self._seen: set[int] = set()
        self._constructor = yaml.constructor.SafeConstructor()

    def read(self, node: yaml.Node, place: tuple[str, ...]) -> Any:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, line)
        if id(node) in self._seen:
            raise YamlError("an alias (*name) of a group or list is not taken here", line)
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        values = []
        for index, item in enumerate(node.value):
            self.lines[*place, str(index)] = item.start_mark.line + 1
            values.append(self.read(item, (*place, str(index))))
        return values

    def _scalar(self, node: yaml.ScalarNode, line: int) -> Any:
        try:
            return self._constructor.construct_object(node)
        except (yaml.YAMLError, ValueError, KeyError, AttributeError) as error:  # PyYAML's, of a tag like !!bool
            raise YamlError("this value cannot be read; put it in quotes", line) from error

    def _mapping(self, node: yaml.MappingNode, place: tuple[str, ...]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if (*place, key) in self.lines:
                raise YamlError(f"'{key}' stands there a second time", line)
            self.lines[*place, key] = line
            value = self.read(value_node, (*place, key))
            if value is not None:
                values[key] = value
        return values
