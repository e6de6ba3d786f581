"""The charts, in the order in which they are drawn.

A chart is a module with FILE, the picture's name; HOW_TO_READ, a sentence or two that the report has beside it; and
draw(results), which returns a matplotlib figure or raises NothingToDraw. To add one, write the module and name it here.
"""

import chart_cost
import chart_heat_map
import chart_in_flight
import chart_open_loop
import chart_ratios
import chart_request_times
import chart_scaling
import chart_stability
import chart_timeline
import chart_total_time

CHARTS = [
    chart_total_time,
    chart_ratios,
    chart_request_times,
    chart_heat_map,
    chart_timeline,
    chart_in_flight,
    chart_open_loop,
    chart_cost,
    chart_scaling,
    chart_stability,
]
