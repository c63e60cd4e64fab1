"""Browser sessions saved as HAR files: which API calls failed, and why.

``session.read`` turns a file into a Session, ``explain.explain`` sets it
beside what journeys over the estate say, ``redact.redact`` writes a copy that
is safe to hand on.  In the order a call goes through: pieces (one entry at a
time), classify (what is it?), outcome (how did it end?), explain (why?).
"""
