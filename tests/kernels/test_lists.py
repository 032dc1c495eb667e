"""Baskets: open and listed items sold apart, and one market where there is no list."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.axes import BASKETS, MINERALS, N_GOODS, N_PARTNERS
from sim.kernels.export_market import clear_exports
from sim.kernels.lists import clear_sales, listed_in_lawful, longest_list

ELASTICITY = np.full((N_PARTNERS, N_GOODS), 3.5)
WORLD = np.ones(N_GOODS)
EPSILON = np.array([0.6])
FLOOR = np.array([0.25])
BASE = np.array([[100.0, 40.0, 60.0, 15.0, 30.0], [1.0, 1.0, 2.0, 2.0, 3.0], [5.0, 4, 3, 3, 8]])


def sales(ban: np.ndarray, illegal: np.ndarray):
    """Return the sales of firms that keep to the law `ban` and smuggle `illegal`."""
    listed = longest_list(ban)
    legal = BASE * (1.0 - ban)
    beyond = legal * listed_in_lawful(listed, ban)
    supply = BASE.sum(axis=0)
    return clear_sales(
        legal - beyond, beyond, illegal, listed, ELASTICITY, WORLD, supply * (1.0 - listed),
        supply * listed, EPSILON, FLOOR,
    )  # fmt: skip


def test_without_a_list_the_five_markets_are_the_usual_ones() -> None:
    ban = np.zeros_like(BASE)
    ban[0, 0], ban[0, 3] = 1.0, 0.5  # coal and seafood are no baskets
    illegal = np.where(ban > 0.0, 0.2 * BASE, 0.0)
    found = sales(ban, illegal)
    plain = clear_exports(
        BASE * (1.0 - ban) + illegal, ELASTICITY, WORLD, BASE.sum(axis=0), EPSILON, FLOOR
    )
    np.testing.assert_allclose(found.open_price, plain.price, rtol=1e-12)
    np.testing.assert_allclose(found.listed_price, plain.price, rtol=1e-12)
    np.testing.assert_allclose(found.legal + found.illegal, plain.volume, rtol=1e-12)


def test_the_lawful_part_of_a_basket_keeps_its_price() -> None:
    """China lists 70 % of minerals, the others nothing: open items stay at 1, listed ones fall."""
    ban = np.zeros_like(BASE)
    ban[0, MINERALS] = 0.7
    found = sales(ban, np.zeros_like(BASE))
    np.testing.assert_allclose(found.open_price[MINERALS], 1.0, rtol=1e-12)
    left = BASE[1:, MINERALS].sum() / BASE[:, MINERALS].sum()
    wanted = left ** (1.0 / (3.5 + 0.6))
    np.testing.assert_allclose(found.listed_price[MINERALS], wanted, rtol=1e-12)
    np.testing.assert_allclose(found.legal[0, MINERALS], 0.3 * BASE[0, MINERALS], rtol=1e-12)
    paid = found.legal_price[1, MINERALS]
    assert found.listed_price[MINERALS] < paid < 1.0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=15, max_size=15),
    st.lists(st.floats(0.0, 2.0), min_size=15, max_size=15),
)
def test_what_is_bought_is_what_is_supplied(bans: list[float], smuggled: list[float]) -> None:
    """Open and listed items of every good: volume bought equals supply at its price, or floor."""
    ban = np.array(bans).reshape(BASE.shape)
    illegal = np.array(smuggled).reshape(BASE.shape) * np.where(ban > 0.0, BASE, 0.0)
    found = sales(ban, illegal)
    listed = longest_list(ban)
    whole = BASE.sum(axis=0)
    made = whole * (1.0 - listed) * found.open_price**EPSILON
    made = made + whole * listed * found.listed_price**EPSILON
    bought = (found.legal + found.illegal).sum(axis=0)
    assert np.all(bought <= made * (1.0 + 1e-9) + 1e-9)
    at_floor = np.minimum(found.open_price, found.listed_price) <= FLOOR * (1.0 + 1e-12)
    assert np.all(np.isclose(bought, made, rtol=1e-9) | at_floor)
    assert np.all(found.residual < 1e-9)
    share = listed_in_lawful(listed, ban)
    assert np.all((share >= 0.0) & (share <= 1.0))
    assert np.all(share[:, [g for g in range(N_GOODS) if g not in BASKETS]] == 0.0)
