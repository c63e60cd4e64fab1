"""The AWS API of the lab: what a request asks, whether it may, and who answers.

The order of an answer is the list ``STAGES`` in ``api.py``.
"""
