"""A journey beside a result of Reachability Analyzer (``tabiji trace --compare``)."""

from __future__ import annotations

TEXTS = {
    "compare.same": (
        "tabiji and Reachability Analyzer say the same.",
        "tabiji と Reachability Analyzer の結果は同じです。",
    ),
    "compare.different": (
        "tabiji and Reachability Analyzer differ.",
        "tabiji と Reachability Analyzer の結果は異なります。",
    ),
    "compare.open": (
        "One of the two gives no verdict, so they cannot be compared.",
        "どちらかに判定がないため、比べられません。",
    ),
    "compare.verdicts": ("verdict: tabiji {ours}, analyser {analysis}", "判定: tabiji {ours}、アナライザー {analysis}"),
    "compare.verdict.reachable": ("reachable", "到達可能"),
    "compare.verdict.blocked": ("not reachable", "到達不可"),
    "compare.verdict.undetermined": ("none", "なし"),
    "compare.end": ("the end", "終点"),
    "compare.leg.forward.same": ("way there: the same components", "往路: 構成要素は同じ"),
    "compare.leg.reply.same": ("way back: the same components", "復路: 構成要素は同じ"),
    "compare.leg.forward.fork": (
        "way there: after {after}, tabiji goes to {ours}, the analyser to {analysis}",
        "往路: {after} の次が、tabiji では {ours}、アナライザーでは {analysis}",
    ),
    "compare.leg.reply.fork": (
        "way back: after {after}, tabiji goes to {ours}, the analyser to {analysis}",
        "復路: {after} の次が、tabiji では {ours}、アナライザーでは {analysis}",
    ),
    "compare.codes.both": ("explanations of both: {codes}", "両方にある説明: {codes}"),
    "compare.codes.ours": ("explanations of tabiji alone: {codes}", "tabiji だけの説明: {codes}"),
    "compare.codes.analysis": ("explanations of the analyser alone: {codes}", "アナライザーだけの説明: {codes}"),
    "compare.why": ("What may be behind it", "考えられる理由"),
    "compare.why.name": (
        "The name decides here; the analyser does not look at DNS.",
        "ここでは名前解決が決め手です。アナライザーは DNS を見ません。",
    ),
    "compare.why.beyond": (
        "TLS or a policy decides here; the analyser looks at neither.",
        "ここでは TLS かポリシーが決め手です。アナライザーはどちらも見ません。",
    ),
    "compare.why.protocol": (
        "The analyser knows TCP and UDP only.",
        "アナライザーが扱うのは TCP と UDP だけです。",
    ),
    "compare.why.ipv6": ("The analyser knows IPv4 only.", "アナライザーが扱うのは IPv4 だけです。"),
    "compare.why.one_way": (
        "The way back decides here; this analysis looks at the way there only, as it does behind a transit gateway.",
        "ここでは復路が決め手です。この分析は往路しか見ていません (Transit Gateway を通る経路ではそうなります)。",
    ),
    "compare.why.sites": (
        "The way passes networks the analyser does not go to: on premises, Client VPN, VPC Lattice or Cloud WAN.",
        "経路が、アナライザーの対象外のネットワーク (オンプレミス、Client VPN、VPC Lattice、Cloud WAN) を通ります。",
    ),
    "compare.why.firewall": (
        "A Network Firewall decides here; the analyser reads its 5-tuple rules only, no domain lists and no other "
        "rule options.",
        "ここでは Network Firewall が決め手です。アナライザーが読むのは 5 タプルのルールだけで、"
        "ドメインリストやその他のルールオプションは読みません。",
    ),
    "compare.why.appliances": (
        "The way passes appliances behind a Gateway Load Balancer; the analyser does not look into them.",
        "経路が Gateway Load Balancer の背後のアプライアンスを通ります。アナライザーはその中を見ません。",
    ),
    "compare.why.health": (
        "The health of targets matters here; the analyser ignores it.",
        "ここではターゲットのヘルスが関わります。アナライザーはこれを無視します。",
    ),
    "compare.why.regions": (
        "The way passes several Regions ({regions}); an analysis stays in one.",
        "経路が複数のリージョン ({regions}) を通ります。分析は 1 つのリージョンの中に限られます。",
    ),
    "compare.why.nat_source": (
        "The analyser lets a NAT gateway serve only sources of its own VPC; packets that come through a transit "
        "gateway are served all the same.",
        "アナライザーは NAT ゲートウェイが自分の VPC の送信元だけを扱うものとしますが、"
        "Transit Gateway から来たパケットも実際には処理されます。",
    ),
    "compare.why.reflection": (
        "The analyser refuses ways that pass an internet gateway in the middle; ask it for the two halves.",
        "アナライザーは途中でインターネットゲートウェイを通る経路を扱いません。前半と後半に分けて分析してください。",
    ),
    "compare.why.filters": (
        "The analysis was narrowed by filters that the request does not fit ({codes}).",
        "分析がフィルターで絞られており、このリクエストはそれに合いません ({codes})。",
    ),
    "compare.why.not_seen": (
        "The analyser could not see or does not support something on the way ({codes}).",
        "アナライザーから見えないもの、または対象外のものが経路にあります ({codes})。",
    ),
    "compare.why.skipped": (
        "The analyser left something out and says so ({details}).",
        "アナライザーが考慮しなかったものがあります ({details})。",
    ),
    "compare.why.one_combination": (
        "The analyser names one blocking component or combination; there may be more.",
        "アナライザーが示すのは、妨げている要素またはその組み合わせ 1 つだけです。他にもあり得ます。",
    ),
    "compare.why.one_path": (
        "There are {paths} ways the packet may take; the analyser shows the shortest one that works.",
        "パケットの通り得る経路が {paths} 通りあります。アナライザーが示すのは、通れる経路のうち最短のものだけです。",
    ),
    "compare.why.unfinished": (
        "The analysis did not end (status: {status}).",
        "分析が正常に終わっていません (状態: {status})。",
    ),
    "compare.why.we_do_not_know": (
        "tabiji cannot tell ({codes}); what it is not given it does not guess.",
        "tabiji は判定できません ({codes})。与えられていない情報は推測しません。",
    ),
    "compare.why.changed": (
        "Nothing the analyser leaves out is on this way. The network may have changed between the analysis ({date}) "
        "and the snapshot; otherwise one of the two is wrong.",
        "この経路に、アナライザーの対象外のものはありません。分析 ({date}) とスナップショットの間に"
        "ネットワークが変わったか、どちらかが誤っています。",
    ),
}
