"""Load balancers (LB facts)."""

from __future__ import annotations

TEXTS = {
    "lb.not_active": (
        "{load_balancer} is not active (state: {state}).",
        "{load_balancer} は active ではありません (状態: {state})。",
    ),
    "lb.no_listener": (
        "{load_balancer} has no listener for {packet} (it has: {listeners}).",
        "{load_balancer} に {packet} を受けるリスナーがありません (リスナー: {listeners})。",
    ),
    "lb.no_ping": (
        "{load_balancer} does not answer ping.",
        "{load_balancer} は ping に応答しません。",
    ),
    "lb.no_target": (
        "Target group {group} of {load_balancer} has no target.",
        "{load_balancer} のターゲットグループ {group} にターゲットがありません。",
    ),
    "lb.no_healthy_target": (
        "No target of {group} behind {load_balancer} is healthy: {targets}.",
        "{load_balancer} のターゲットグループ {group} に正常なターゲットがありません: {targets}。",
    ),
    "lb.not_cross_zone": (
        "The node of {load_balancer} in {zone} has no healthy target in its zone, and cross-zone balancing is off "
        "(targets elsewhere: {targets}).",
        "{load_balancer} の {zone} のノードには同じゾーンに正常なターゲットがなく、クロスゾーン負荷分散も無効です "
        "(他のゾーン: {targets})。",
    ),
    "lb.target_zone": (
        "The targets of {group} lie in Availability Zones that {load_balancer} is not enabled in: {targets}.",
        "ターゲットグループ {group} のターゲットは {load_balancer} で有効でないゾーンにあります: {targets}。",
    ),
    "lb.address_family": (
        "The node of {load_balancer} has no address of the family of its target {target}.",
        "{load_balancer} のノードにはターゲット {target} と同じ種類の IP アドレスがありません。",
    ),
    "lb.preserve_too_far": (
        "{load_balancer} keeps the client's address, which works only for targets in its own VPC or one peered in the "
        "same Region; {target} is in neither.",
        "{load_balancer} はクライアントのアドレスを保持しますが、これは同じ VPC か同一リージョンのピアリング先の"
        "ターゲットでしか使えません。{target} はどちらでもありません。",
    ),
    "lb.hairpin": (
        "{load_balancer} keeps the client's address and picks the client itself, {target}, as target; a host drops "
        "packets from its own address.",
        "{load_balancer} がクライアントのアドレスを保持したままクライアント自身 ({target}) をターゲットに選ぶと、"
        "送信元が自分のアドレスになり通信できません。",
    ),
    "lb.no_session": (
        "{load_balancer} knows no flow for the answer {packet}.",
        "応答 {packet} に対応するフローが {load_balancer} にありません。",
    ),
}
