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
}
