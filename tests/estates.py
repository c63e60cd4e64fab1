"""The random networks of the judge, for property tests of the floors below."""

from tabiji.lab.judge.draft import random_estate
from tabiji.lab.judge.questions import Question, random_packets

__all__ = ["Question", "random_estate", "random_packets"]
