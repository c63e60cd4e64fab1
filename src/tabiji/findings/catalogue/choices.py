"""Real nondeterminism: AWS picks, and all branches are walked."""

from __future__ import annotations

TEXTS = {
    "choice.tgw_az": (
        "{component} has no subnet in the sender's Availability Zone; AWS may take any of {branches}. Here: {taken}.",
        "{component} に送信元と同じアベイラビリティーゾーンのサブネットがないため、{branches} のどれかになります。"
        "ここでは {taken}。",
    ),
    "choice.tgw_overlap": (
        "Several attachments have the same route; {component} may use any of {branches}. Here: {taken}.",
        "同じルートを持つアタッチメントが複数あり、{component} では {branches} のどれかになります。ここでは {taken}。",
    ),
    "choice.ecmp": (
        "Several ways are equally good (ECMP) at {component}: {branches}. Here: {taken}.",
        "{component} では同等の経路が複数あります (ECMP): {branches}。ここでは {taken}。",
    ),
    "choice.appliance_hash": (
        "Appliance mode of {component} picks an Availability Zone by flow hash from {branches}, the same one both "
        "ways. Here: {taken}.",
        "{component} のアプライアンスモードがフローハッシュで {branches} から往復同じゾーンを選びます。"
        "ここでは {taken}。",
    ),
    "choice.nat_address": (
        "{component} has several addresses and may use any of {branches}. Here: {taken}.",
        "{component} には複数のアドレスがあり、{branches} のどれかになります。ここでは {taken}。",
    ),
    "choice.lb_target": (
        "{component} may send to any of {branches}. Here: {taken}.",
        "{component} は {branches} のどれにも送る可能性があります。ここでは {taken}。",
    ),
    "choice.lb_target_group": (
        "{component} spreads requests over target groups by weight ({weights}). Here: {taken}.",
        "{component} は重みに従ってターゲットグループに振り分けます ({weights})。ここでは {taken}。",
    ),
    "choice.lb_rule": (
        "Which rule of {component} applies depends on parts of the request that are not known: {branches}. "
        "Here: {taken}.",
        "{component} のどのルールが適用されるかは、分からないリクエスト内容によります: {branches}。ここでは {taken}。",
    ),
    "choice.lb_cross_zone": (
        "Whether {load_balancer} balances across Availability Zones was not collected. Here: {taken}.",
        "{load_balancer} のクロスゾーン負荷分散の設定が収集されていません。ここでは {taken}。",
    ),
    "choice.lb_client_ip": (
        "Whether {load_balancer} keeps client addresses towards {target} is not known. Here: {taken}.",
        "{load_balancer} が {target} に対してクライアントアドレスを維持するかどうかが分かりません。ここでは {taken}。",
    ),
    "choice.endpoint_nlb": (
        "{service} has several load balancer nodes for this zone; any of {branches} may serve. Here: {taken}.",
        "{service} にはこのゾーン向けのロードバランサーノードが複数あり、{branches} のどれかになります。"
        "ここでは {taken}。",
    ),
    "choice.client_vpn": (
        "{component} may leave by any of {branches}. Here: {taken}.",
        "{component} からは {branches} のどれからも出る可能性があります。ここでは {taken}。",
    ),
}
