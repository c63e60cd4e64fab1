"""The process that is a lab: PID 1 of its own namespaces, and how others talk to it.

``home`` is where labs leave their control sockets, ``wire`` what is said over
them, ``start`` brings a lab up, ``serve`` is PID 1's loop, ``enter`` runs a
program in a host, ``client`` is the side of whoever asks.
"""
