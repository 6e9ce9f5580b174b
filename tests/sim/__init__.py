"""The simulator: the real shop code in virtual time, in a world that breaks everything, watched by judges.

`loop` is time; `world` is what exists outside the box and outlives its power cuts; `outside` puts the world's truth
(lab.models) behind the shop's ports; `shopper` has whims; `judges` say what must never happen; `simulate` plays one
seed; `planted` are bugs that judges must catch. No test of a single unit lives here.
"""
