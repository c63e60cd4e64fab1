"""Floor 4: one packet through the tables, there and back."""

from .point import DELIVERED, DROPPED, KEEP, UNKNOWN, Flow, Leg, Step, Trip, all_trips, round_trip, walk

__all__ = ["DELIVERED", "DROPPED", "KEEP", "UNKNOWN", "Flow", "Leg", "Step", "Trip", "all_trips", "round_trip", "walk"]
