"""Every figure has one function here, used by pages, REST, mail and PDF alike.

Rules for all: money in minor units of the base currency, at the rate of the day a deal
closed; half-open periods in the viewer's zone; an empty denominator is "no data", never
nought; below 30 cases a share carries its Wilson interval.
"""
