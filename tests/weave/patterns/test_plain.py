import numpy as np

from warp_fabric.weave import pattern


def test_convention():
    pick, end = np.ogrid[:6, :7]
    np.testing.assert_array_equal(pattern("plain").repeated(6, 7).drawdown, (end + pick) % 2 == 0)


def test_tabby_is_its_other_name():
    np.testing.assert_array_equal(pattern("tabby").drawdown, pattern("plain").drawdown)
