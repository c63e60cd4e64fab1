"""What of the walk's claims is not held against the kernel, and that nothing else is spared."""

from __future__ import annotations

from tabiji.fabric import Fabric
from tabiji.lab.judge.compare import AGREE, DISAGREE, NO_CLAIM, judge
from tabiji.lab.judge.doubts import answer_in_doubt, let_out_by_reference
from tabiji.lab.judge.predicted import Predictor
from tabiji.lab.judge.questions import Question
from tabiji.lab.judge.testimony import Statement
from tabiji.lab.judge.verdict import DROPPED, Verdict
from tabiji.packet.address import parse_address
from tabiji.packet.header import TCP, FiveTuple
from tabiji.walk import KEEP
from walking import estate, instance_eni

NET = """
region: ap-northeast-1
vpcs:
  main:
    cidr: 10.1.0.0/16
    igw: true
    subnets:
      pub: {cidr: 10.1.1.0/24, az: a, routes: {0.0.0.0/0: igw}}
      app: {cidr: 10.1.2.0/24, az: a}
    security_groups:
      open: {in: all from 0.0.0.0/0}
      picky: {in: all from 0.0.0.0/0, out: "all to sg:open"}
    instances:
      web: {subnet: pub, ip: 10.1.1.10, sg: open, public: 203.0.113.10}
      far: {subnet: app, ip: 10.1.2.10, sg: open}
      shy: {subnet: app, ip: 10.1.2.11, sg: picky}
"""


def asked(source: str, to: str) -> tuple[Predictor, Question]:
    net = estate(NET)
    eni = instance_eni(net, source)
    own = parse_address(net.network_interfaces[eni].private_ip_address)
    return Predictor(net, Fabric(net)), Question(eni, FiveTuple(own, parse_address(to), TCP, 40000, 443))


def test_ig7_an_answer_reflected_by_a_gateway_is_in_doubt() -> None:
    predictor, question = asked("web", "203.0.113.10")
    (trip,) = predictor.trips(question, KEEP)
    assert trip.forward.outcome == "delivered"
    assert answer_in_doubt(trip)


def test_an_ordinary_answer_is_not() -> None:
    predictor, question = asked("web", "10.1.2.10")
    (trip,) = predictor.trips(question, KEEP)
    assert not answer_in_doubt(trip)
    claim = predictor.verdict(trip.forward)
    refused = Verdict(DROPPED, code="nacl.in", component="acl-1", way=claim.way)
    judged = judge(predictor, Statement(question, claim, refused, 40000))
    assert (judged.forward, judged.reply) == (AGREE, DISAGREE)


def test_tg12_an_egress_reference_is_in_doubt_only_where_a_group_refused() -> None:
    predictor, question = asked("shy", "10.1.2.10")
    (trip,) = predictor.trips(question, KEEP)
    assert let_out_by_reference(trip)
    by_group = Verdict(DROPPED, code="sg.out", component="sg-1")
    assert judge(predictor, Statement(question, by_group, None, 40000)).forward == NO_CLAIM
    by_acl = Verdict(DROPPED, code="nacl.out", component="acl-1")
    assert judge(predictor, Statement(question, by_acl, None, 40000)).forward == DISAGREE
