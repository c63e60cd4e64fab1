"""Transfer times over several paths."""

from __future__ import annotations

TEXTS = {
    "bench_paths.title": (
        "{size} from {source}, bucket {bucket}: seconds, medians of {rounds} rounds (least–most)",
        "{source} から {size}、バケット {bucket}: 秒、{rounds} 回の中央値 (最小–最大)",
    ),
    "bench_paths.here": ("here", "このマシン"),
    "bench_paths.path": ("path", "経路"),
    "bench_paths.upload": ("upload", "アップロード"),
    "bench_paths.download": ("download", "ダウンロード"),
    "bench_paths.speed": ("Mbit/s", "Mbit/s"),
    "bench_paths.to_first": ("to {name}", "{name} 比"),
    "bench_paths.failed": (
        "{name} ({via}): {what}, round {round}: {why}",
        "{name} ({via}): {what}、{round} 回目: {why}",
    ),
    "bench_paths.failed_short": ("failed", "失敗"),
    "bench_paths.interrupted": (
        "Interrupted: what was measured until then.",
        "中断されました。それまでの測定結果です。",
    ),
    "bench_paths.left": (
        "left in the bucket, take it away by hand: {what}",
        "バケットに残っています。手動で削除してください: {what}",
    ),
    "bench_paths.progress": ("{what} {name}, round {round}/{rounds}", "{what} {name} {round}/{rounds} 回目"),
}
