"""What the command line says around its data."""

from __future__ import annotations

TEXTS = {
    "cli.holds": ("{source} holds {count} things", "{source}: {count} 件"),
    "cli.kinds": ("By kind", "種類別"),
    "cli.scopes": ("By account and Region", "アカウント・リージョン別"),
    "cli.problems": ("Odd in the input", "入力の不審な点"),
    "cli.not_collected": ("Not collected", "未収集"),
    "cli.lint": ("Worth a look", "確認をお勧めする点"),
    "cli.denied": ("Denied", "拒否"),
    "cli.not_modelled": ("Not modelled", "未対応"),
    "cli.complete": (
        "Written by hand: what is not written does not exist.",
        "手書きの構成です。書かれていないものは存在しないものとして扱います。",
    ),
    "cli.more": ("... and {count} more", "... 他 {count} 件"),
    "cli.no_answer": ("no answer", "応答なし"),
    "cli.who": ("how it came about", "この応答になった経緯"),
}
