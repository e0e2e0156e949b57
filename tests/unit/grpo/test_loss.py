"""Losses: values worked by hand, a slow reference, gradients by finite differences, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nova_rft.errors import UsageError
from nova_rft.grpo import LossResult, loss, without_truncated
from nova_rft.grpo._loss_settings import Kind, Level
from tests.seeded_batches import KINDS, LEVELS, SeededBatch, seeded_batch, seeded_settings
from tests.unit.grpo.slow_loss import slow_loss

# Two rollouts, of two tokens and of one: ratios 1.5 and 1, and 0.5.
OLD = np.log([[0.4, 0.5], [0.5, 1.0]])
NEW = np.log([[0.6, 0.5], [0.25, 1.0]])
MASK = np.array([[1, 1], [1, 0]])


def found(advantages: list[float], **settings: Any) -> LossResult:
    return loss(NEW, OLD, advantages, MASK, **settings)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # Tokens: -1.2 (clipped from 1.5), -1, and 0.8 (held up from 0.5).
        ("grpo", (-2.2 / 2 + 0.8) / 2),
        ("bnpo", (-2.2 + 0.8) / 3),
        ("dapo", (-2.2 + 0.8) / 3),
        ("dr_grpo", (-2.2 + 0.8) / (2 * 4)),
        ("luspo", (-2.2 + 0.8) / 2),
        ("cispo", (-1.5 * math.log(0.6) - math.log(0.5) + 0.5 * math.log(0.25)) / 3),
        (
            "sapo",
            (-(4 / (1 + math.exp(-0.5)) + 2) / 2 + 4 / 1.05 / (1 + math.exp(1.05 * 0.5))) / 2,
        ),
        (
            "vespo",
            (
                -math.exp(3 + 2 * math.log(1.5) - 3 * 1.5) * (math.log(0.6) + math.log(0.5))
                + math.exp(2 + 3 * math.log(0.5) - 2 * 0.5) * math.log(0.25)
            )
            / 3,
        ),
    ],
)
def test_values_worked_by_hand(kind: Kind, expected: float) -> None:
    assert found([1, -1], kind=kind, max_length=4).value == pytest.approx(expected, rel=1e-12)


def test_a_gradient_worked_by_hand() -> None:
    """Of three tokens two are clipped; the third's ratio is 1, and its slope minus the advantage."""
    result = found([1, -1])
    assert result.gradient_NT == pytest.approx(np.array([[0, -1 / 3], [0, 0]]))
    assert result.clipped_NT.tolist() == [[True, False], [True, False]]


def test_a_sequence_has_one_ratio() -> None:
    """The first rollout's is the root of 1.5, clipped at 1.2; the second's is 0.5."""
    result = found([1, 1], kind="grpo", level="sequence")
    assert result.value == pytest.approx(-(1.2 + 0.5) / 2)
    assert result.gradient_NT == pytest.approx(np.array([[0, 0], [-0.25, 0]]))
    assert result.clipped_NT.tolist() == [[True, True], [False, False]]


def test_the_two_sided_clip_holds_negative_advantages_alone() -> None:
    free = loss(np.log([[0.8]]), np.log([[0.1]]), [-1], [[1]])
    held = loss(np.log([[0.8]]), np.log([[0.1]]), [-1], [[1]], delta=3.0)
    assert (free.value, held.value) == pytest.approx((8.0, 3.0))
    assert not free.clipped_NT.any()
    assert held.clipped_NT.all()
    assert held.gradient_NT == pytest.approx(np.zeros((1, 1)))


def test_the_upper_epsilon_follows_the_lower_but_for_cispo() -> None:
    wide = found([1, 0], epsilon_low=0.5).value
    assert wide == found([1, 0], epsilon_low=0.5, epsilon_high=0.5).value
    assert found([1, 0], kind="cispo").value == found([1, 0], kind="cispo", epsilon_high=5).value


@pytest.mark.parametrize(
    ("kl", "expected"), [("k1", -0.1), ("k2", 0.005), ("k3", math.expm1(0.1) - 0.1)]
)
def test_divergence_worked_by_hand(kl: Any, expected: float) -> None:
    logps, ref = np.array([[-1.0]]), np.array([[-0.9]])
    result = loss(logps, logps, [0], [[1]], beta=2, kl=kl, ref_logps_NT=ref, unbiased_kl=False)
    assert result.value == pytest.approx(2 * expected)


def test_at_the_first_step_the_gradient_is_minus_the_advantage() -> None:
    for kind in KINDS:
        result = loss(OLD, OLD, [2, -3], MASK, kind=kind, max_length=2)
        share = {
            "grpo": [1 / 4, 1 / 2],
            "sapo": [1 / 4, 1 / 2],
            "dr_grpo": [1 / 4] * 2,
            "luspo": [0.5] * 2,
        }
        shares = np.array(share.get(kind, [1 / 3] * 2))[:, None]
        assert result.gradient_NT == pytest.approx(-np.array([[2, 2], [-3, 0]]) * shares), kind
        assert not result.clipped_NT.any()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", KINDS)
def test_values_and_gradients_agree_with_a_slow_reference(kind: Kind, level: Level) -> None:
    """Central differences of it, in 18 random cases of each kind, level and divergence."""
    rng = np.random.default_rng(KINDS.index(kind) * 2 + LEVELS.index(level))
    checked = 0
    while checked < 18:
        batch = seeded_batch(rng, int(rng.integers(1, 6)), int(rng.integers(1, 6)))
        settings = {**seeded_settings(rng, kind, level), "kl": f"k{checked % 3 + 1}"}
        if checked % 2:
            settings["beta"] = 0.3
        result = result_of(batch, settings)
        if near_a_kink(batch, settings):
            continue
        checked += 1
        rows = batch.logps_NT.tolist()
        assert result.value == pytest.approx(slow_loss(rows, rows, batch, settings), abs=1e-12)
        assert result.gradient_NT == pytest.approx(differences(batch, settings), rel=1e-6, abs=1e-8)
        assert not result.gradient_NT[batch.mask_NT == 0].any()


def result_of(batch: SeededBatch, settings: dict[str, Any]) -> LossResult:
    return loss(
        batch.logps_NT,
        batch.old_logps_NT,
        batch.advantages_N,
        batch.mask_NT,
        ref_logps_NT=batch.ref_logps_NT,
        entropies_NT=batch.entropies_NT,
        **settings,
    )


def differences(batch: SeededBatch, settings: dict[str, Any], step: float = 1e-5) -> np.ndarray:
    held = batch.logps_NT.tolist()
    slopes = np.zeros(batch.logps_NT.shape)
    for i, t in np.argwhere(batch.mask_NT):
        ends = []
        for sign in (1, -1):
            moved = [list(row) for row in held]
            moved[i][t] += sign * step
            ends.append(slow_loss(moved, held, batch, settings))
        slopes[i, t] = (ends[0] - ends[1]) / (2 * step)
    return slopes


def near_a_kink(batch: SeededBatch, settings: dict[str, Any]) -> bool:
    """Whether a ratio lies so close to a bound that a step crosses it, where no slope exists."""
    gaps = np.where(batch.mask_NT, batch.logps_NT - batch.old_logps_NT, 0.0)
    if settings["level"] == "sequence":
        gaps = gaps.sum(axis=1) / np.maximum(batch.mask_NT.sum(axis=1), 1)
    bounds = [1 - settings["epsilon_low"], 1 + settings.get("epsilon_high", 0.2)]
    bounds.append(settings.get("delta") or 1e9)
    return bool(min(np.abs(np.exp(gaps) - bound).min() for bound in bounds) < 1e-4)


def test_what_is_masked_out_may_be_anything() -> None:
    rng = np.random.default_rng(3)
    for kind in KINDS:
        batch = seeded_batch(rng, 5, 7)
        settings = {**seeded_settings(rng, kind, "sequence"), "beta": 0.1}
        clean = result_of(batch, settings)
        names = ("logps_NT", "old_logps_NT", "ref_logps_NT", "entropies_NT")
        filled = {
            name: np.where(batch.mask_NT, getattr(batch, name), fill)
            for name, fill in zip(names, (math.nan, math.inf, 1e9, math.nan), strict=True)
        }
        again = result_of(
            SeededBatch(**filled, mask_NT=batch.mask_NT, advantages_N=batch.advantages_N), settings
        )
        assert again.value == clean.value
        assert (again.gradient_NT == clean.gradient_NT).all()


def test_no_advantage_no_gradient() -> None:
    for kind in KINDS:
        result = found([0, 0], kind=kind, max_length=2)
        assert result.value == 0
        assert not result.gradient_NT.any()
        assert not result.clipped_NT.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_without_tokens_is_worth_nothing(kind: Kind) -> None:
    result = loss(NEW, OLD, [1, -1], MASK * 0, kind=kind, max_length=2, level="sequence")
    assert result.value == 0
    assert not result.gradient_NT.any()


def test_micro_batches_of_a_window_add_up() -> None:
    whole = found([1, -0.5])
    parts = [
        loss(NEW[i : i + 1], OLD[i : i + 1], [a], MASK[i : i + 1], window_tokens=3)
        for i, a in enumerate([1, -0.5])
    ]
    assert sum(part.value for part in parts) == pytest.approx(whole.value)


def test_long_batches_are_looked_at_in_parts() -> None:
    """Rollouts one by one add up to the batch, whose last error is named by its place in the whole."""
    rng = np.random.default_rng(5)
    batch = seeded_batch(rng, 40, 600)
    settings = {
        **seeded_settings(rng, "cispo", "sequence"),
        "top_entropy_quantile": 1.0,
        "beta": 0.1,
    }
    settings["window_tokens"] = float(batch.mask_NT.sum())
    whole = result_of(batch, settings)
    parts = [
        result_of(
            SeededBatch(**{n: getattr(batch, n)[i : i + 1] for n in batch.__slots__}), settings
        )
        for i in range(40)
    ]
    assert sum(part.value for part in parts) == pytest.approx(whole.value, rel=1e-12)
    joined = np.concatenate([part.gradient_NT for part in parts])
    assert joined == pytest.approx(whole.gradient_NT, rel=1e-12)
    batch.mask_NT[38, 7], batch.logps_NT[38, 7] = 1, math.nan
    with pytest.raises(UsageError, match="rollout 38, token 7"):
        result_of(batch, settings)


def test_few_tokens_of_high_entropy_carry_the_policy_part() -> None:
    entropies = np.array([[0.1, 0.9], [0.5, 7.0]])
    result = found([1, -1], entropies_NT=entropies, top_entropy_quantile=0.0)
    assert result.value == pytest.approx(-1 / 3)
    assert np.flatnonzero(result.gradient_NT).tolist() == [1]


def test_truncated_rollouts_are_masked() -> None:
    assert without_truncated(MASK, [True, False]).tolist() == [[False, False], [True, False]]
    with pytest.raises(UsageError, match="one truth for each"):
        without_truncated(MASK, [True])


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"logps_NT": NEW[:1]}, r"logps has shape \(1, 2\) and the mask \(2, 2\)"),
    ({"old_logps_NT": [1.0]}, r"old_logps has shape"),
    ({"ref_logps_NT": NEW[:, :1]}, "ref_logps has shape"),
    ({"advantages_N": [1.0]}, "give one for each"),
    ({"advantages_N": [1.0, math.nan]}, "advantage 1 is nan"),
    ({"mask_NT": [1, 1]}, "one row for each rollout"),
    ({"mask_NT": np.zeros((0, 2))}, "one row for each rollout"),
    ({"mask_NT": MASK * 2}, "other values than 0 and 1"),
    ({"logps_NT": np.where(MASK, np.nan, NEW)}, "logps of rollout 0, token 0 is no finite number"),
    ({"logps_NT": NEW + 1}, "logps of rollout 0, token 0 is above 0"),
    ({"old_logps_NT": OLD - 1_000}, "differ by more than 700"),
    ({"kind": "ppo"}, "kind is 'ppo'; use one of grpo, bnpo"),
    ({"level": "word"}, "level is 'word'"),
    ({"kl": "k4"}, "kl is 'k4'; use one of k1, k2, k3"),
    ({"beta": -1.0}, "beta is -1.0"),
    ({"beta": 0.1}, "give ref_logps_NT"),
    ({"epsilon_low": 1.5}, "epsilon_low is 1.5"),
    ({"epsilon_high": -0.1}, "epsilon_high is -0.1"),
    ({"epsilon_high": math.nan}, "epsilon_high is nan"),
    ({"kind": "sapo", "epsilon_high": 0.2}, "sapo does not clip"),
    ({"kind": "vespo", "delta": 3.0}, "leave delta out"),
    ({"delta": 1.2}, "more than 1 \\+ epsilon_high, which is 1.2"),
    ({"kind": "dr_grpo"}, "max_length is None"),
    ({"kind": "dr_grpo", "max_length": 1}, "has 2 tokens, more than max_length"),
    ({"kind": "grpo", "window_tokens": 3}, "leave window_tokens out"),
    ({"window_tokens": 0}, "window_tokens is 0"),
    ({"top_entropy_quantile": 1.5}, "top_entropy_quantile is 1.5"),
    ({"top_entropy_quantile": 0.2}, "give entropies_NT"),
    ({"top_entropy_quantile": 0.2, "entropies_NT": -np.ones((2, 2))}, "token 0 is below 0"),
    ({"kind": "sapo", "temperatures": (0.0, 1.0)}, "temperatures are"),
    ({"kind": "vespo", "gamma_shapes": ((1.0, 0.0), (1.0, 1.0))}, "gamma_shapes are"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_wrong_input_is_refused(change: dict[str, Any], said: str) -> None:
    given = {"logps_NT": NEW, "old_logps_NT": OLD, "advantages_N": [1, -1], "mask_NT": MASK}
    with pytest.raises(UsageError, match=said):
        loss(**{**given, **change})
