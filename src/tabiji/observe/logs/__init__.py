"""Flow logs and CloudTrail events beside what journeys over the estate say.

In the order of the work: ``files`` finds the files and tells their formats,
``flow`` and ``trail`` read and count them, ``classes`` folds what the estate
cannot tell apart, ``places`` names who sent and who serves, ``explain`` and
``denied`` walk each distinct flow or call once and compare.
"""
