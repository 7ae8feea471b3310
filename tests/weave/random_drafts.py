"""Random drafts for property tests."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from warp_fabric.weave import Draft

COLORS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@st.composite
def drafts(draw) -> Draft:
    """Drafts of every kind: unthreaded ends, empty picks, several treadles, lift plans, with and without colours."""
    ends, picks, shafts, treadles = (draw(st.integers(1, most)) for most in (9, 9, 6, 6))
    if draw(st.booleans()):
        lifting = {"lift_plan": draw(arrays(bool, (picks, shafts)))}
    else:
        lifting = {
            "tie_up": draw(arrays(bool, (shafts, treadles))),
            "treadling": draw(arrays(bool, (picks, treadles))),
        }
    return Draft(
        threading=draw(arrays(np.int64, ends, elements=st.integers(0, shafts))),
        **lifting,
        end_colors=draw(st.none() | st.lists(COLORS, min_size=ends, max_size=ends).map(tuple)),
        pick_colors=draw(st.none() | st.lists(COLORS, min_size=picks, max_size=picks).map(tuple)),
        name=draw(st.text(max_size=12)),
    )
