"""What a row of each table of evidence holds."""

from __future__ import annotations

from dataclasses import dataclass, field

Month = str
OriginName = str
Method = str
Three = tuple[float, float, float]


@dataclass(frozen=True)
class Score:
    """How well one series was forecast from one origin; CRPS in the unit of the series."""

    origin: OriginName
    series: str
    words: str
    unit: str
    figures: int
    crps: float | None
    crps_last: float | None
    crps_same: float | None
    crps_static: float | None
    skill: float | None
    median_error_pct: float | None
    covered: int
    coverage: float | None


@dataclass(frozen=True)
class Forecast:
    """One figure: what was observed, what the model and simpler rules said of it."""

    origin: OriginName
    series: str
    first: Month = field(metadata={"column": "from"})
    last: Month = field(metadata={"column": "to"})
    unit: str
    observed: float
    mark: str
    p05: float
    p50: float
    p95: float
    last_value: float | None
    same_month: float | None
    static: float | None
    inside: bool
    seen: bool


@dataclass(frozen=True)
class Posterior:
    """One parameter before and after the data; spread and shift on the prior's normal scale."""

    parameter: str
    unit: str
    group: str
    mark: str
    prior_p05: float
    prior_p50: float
    prior_p95: float
    p05: float
    p50: float
    p95: float
    spread_ratio: float
    shift: float
    moved: bool


@dataclass(frozen=True)
class Pair:
    """Two parameters that go together in the posterior."""

    first: str
    second: str
    correlation: float


@dataclass(frozen=True)
class PatternFit:
    """How closely the accepted draws reproduce one pattern of the record."""

    pattern: str
    words: str
    figures: int
    distance_p50: float
    share_reproduced: float


@dataclass(frozen=True)
class Control:
    """A parameter that no figure depends on: an honest fit leaves it as it was."""

    parameter: str
    spread_ratio: float
    shift: float


@dataclass(frozen=True)
class Step:
    """One step of the fit from the prior to the whole weight of the record."""

    power: float
    acceptance: float
    log_kernel: Three
    runs: int


@dataclass(frozen=True)
class Calibration:
    """How the fit went."""

    particles: int
    runs: int
    seed: int
    firms_scale: float
    until: Month
    as_of: str
    runs_per_second: float | None
    directions_identified: int
    parameters: int
    control: Control
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Effect:
    """What one parameter does to the answer: Morris screening or Sobol' indices."""

    method: Method
    over: str
    parameter: str
    mu_star: float | None
    mu_star_conf: float | None
    sigma: float | None
    first: float | None
    first_conf: float | None
    total: float | None
    total_conf: float | None


@dataclass(frozen=True)
class Band:
    """A median with its 5 to 95 % band."""

    p05: float
    p50: float
    p95: float


@dataclass(frozen=True)
class SensitivityRun:
    """How a sensitivity analysis went and how much of the answer's spread is seed noise."""

    over: str
    runs: int
    points_without_loss: int
    seed_sd: float
    parameter_sd: float
    seed_share_of_variance: float
    offset: Band | None
    trajectories: int | None
    sobol_base: int | None
    seed: int


@dataclass(frozen=True)
class Sensitivity:
    """One sensitivity analysis, over the prior or over the calibrated draws."""

    effects: tuple[Effect, ...]
    run: SensitivityRun


@dataclass(frozen=True)
class Stability:
    """The answer with so many draws."""

    draws: int
    offset_p05: float | None
    offset_p50: float | None
    offset_p95: float | None
    offset_p50_se: float | None
    loss_p50: float


@dataclass(frozen=True)
class Goal:
    """A goal of the hold-out test, what was reached, and whether that is enough."""

    origin: OriginName
    words: str = field(metadata={"column": "goal"})
    reached: str
    met: bool


@dataclass(frozen=True)
class Evidence:
    """All that the page shows; what is optional and absent is empty."""

    scores: tuple[Score, ...]
    forecasts: tuple[Forecast, ...]
    goals: tuple[Goal, ...]
    posterior: tuple[Posterior, ...]
    pairs: tuple[Pair, ...]
    patterns: tuple[PatternFit, ...]
    calibration: Calibration
    sensitivity: tuple[Sensitivity, ...]
    stability: tuple[Stability, ...]
