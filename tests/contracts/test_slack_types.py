"""Slack's own types, under the TypeScript compiler: everything that Songbird sends is what Slack says it takes.

One file is written that has every message as `KnownBlock[]` and every view, and is compiled once. A compiler reads no
lengths, so texts are left out of it, and messages that differ in nothing but their words are compiled once. The one
thing to remember: the types let a view hold any object as a block (`AnyBlock`), so views are typed more strictly here.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.npm import installed
from tests.golden import surfaces

TYPESCRIPT, TYPES = "typescript@5.9.3", "@slack/types@2.22.0"
COMPILE_SECONDS_MAX = 120

WORDS = frozenset({"text", "value", "alt_text", "action_id", "block_id", "id", "private_metadata", "callback_id"})
"""Keys of strings that may be any string; all other strings, such as styles and types, are held to what is allowed."""

TITLE = {"type": "plain_text", "text": ""}
MISTAKES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Message", {"text": "", "blocks": [{"type": "section", "text": {"type": "markdown", "text": ""}}]}),
    ("Message", {"text": "", "blocks": [{"type": "actions", "elements": [{"type": "button", "style": "blue"}]}]}),
    ("Message", {"text": "", "blocks": [{"type": "image", "slack_file": {"id": ""}}]}),
    ("Message", {"blocks": []}),
    ("View", {"type": "modal", "title": TITLE, "blocks": [{"type": "sektion"}]}),
    ("View", {"type": "modal", "blocks": []}),
    ("View", {"type": "page", "title": TITLE, "blocks": []}),
)
"""Of kinds that the compiler is there for: each must be an error, and one."""

HEAD = """\
import type { HomeView, KnownBlock, ModalView } from '@slack/types';

type Strict<V> = Omit<V, 'blocks'> & { blocks: KnownBlock[] };
type View = Strict<HomeView> | Strict<ModalView>;
type Message = { text: string; blocks: KnownBlock[] };
"""


@pytest.fixture(scope="module")
def modules(request: pytest.FixtureRequest) -> Path:
    """Where the compiler and the types are."""
    return installed(request.config, TYPESCRIPT, TYPES)


def test_everything_that_is_sent_has_the_types_that_slack_publishes(modules: Path, tmp_path: Path) -> None:
    lines = sorted({*messages(), *views()})
    assert len(lines) > 60, "hardly anything was compiled"
    assert compiled(modules, tmp_path, lines) == []


def test_the_compiler_sees_every_mistake(modules: Path, tmp_path: Path) -> None:
    lines = [typed(kind, mistake) for kind, mistake in MISTAKES]
    found = compiled(modules, tmp_path, lines)
    assert len(found) == len(lines), found


def messages() -> Iterator[str]:
    made = [surfaces.messages(surfaces.journal(name)) for name in surfaces.TALES]
    for generated in (surfaces.messages_of_no_release(), *made):
        for _, message in generated:
            yield typed("Message", {"text": message.text, "blocks": list(message.blocks)})


def views() -> Iterator[str]:
    made = [surfaces.views(surfaces.journal(name)) for name in surfaces.TALES]
    for generated in (surfaces.views_of_no_release(), *made):
        for _, view in generated:
            yield typed("View", view)


def typed(kind: str, tree: Any) -> str:
    return f"const _: {kind} = {json.dumps(wordless(tree), sort_keys=True)};"


def wordless(tree: Any) -> Any:
    """The same without its words, and with equal neighbours once: what a compiler tells apart."""
    if isinstance(tree, dict):
        return {name: "" if name in WORDS and isinstance(part, str) else wordless(part) for name, part in tree.items()}
    if isinstance(tree, list | tuple):
        parts = [wordless(part) for part in tree]
        return [part for number, part in enumerate(parts) if part not in parts[:number]]
    return tree


def compiled(modules: Path, folder: Path, lines: list[str]) -> list[str]:
    """What the compiler says about constants of these, each in a scope of its own, so that none needs a name."""
    source = folder / "sent.ts"
    source.write_text(HEAD + "".join(f"{{ {line} }}\n" for line in lines), encoding="utf-8")
    (folder / "node_modules").symlink_to(modules)
    command = ["node", str(modules / "typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck"]
    options = ["--target", "es2022", "--module", "nodenext", "--pretty", "false", str(source)]
    done = subprocess.run(
        [*command, *options], check=False, capture_output=True, text=True, timeout=COMPILE_SECONDS_MAX, cwd=folder
    )
    found = [line for line in done.stdout.splitlines() if line and not line.startswith(" ")]
    assert found or done.returncode == 0, done.stderr
    return found
