"""Statistics of counts in space and time, on plain arrays: no files, no tables, no clock.

One topic stands in one module; this file is the public interface. Formulas, assumptions and
sources are in docs/METHODS.md.
"""

from spatial.backtesting.backtest import Backtest, MethodAccuracy, backtest
from spatial.candidates import CandidateScores, score_candidates, score_standings, standings
from spatial.count_laws.dispersion import (
    Dispersion,
    estimate_dispersion,
    estimate_split_dispersion,
)
from spatial.cube import Cube, build_cube
from spatial.dominance import undominated
from spatial.effects.before_after import (
    EffectIndex,
    RemediationEffect,
    effect_of_remediation,
)
from spatial.effects.displacement import Displacement, displacement
from spatial.effects.pooling import PooledEffect, pool_effects
from spatial.emerging.categories import EmergingCategory
from spatial.emerging.hot_spots import EmergingHotSpots, emerging_hot_spots
from spatial.expected_band import ExpectedBand, expected_band
from spatial.getis_ord import GetisOrd, getis_ord
from spatial.hot_areas import hot_areas, pieces_across
from spatial.inference import (
    Tails,
    benjamini_hochberg,
    benjamini_yekutieli,
    negative_binomial_tails,
    poisson_tails,
)
from spatial.mixture import evenness
from spatial.monitoring.expected_counts import ExpectedCounts, expected_from_history
from spatial.monitoring.rebound import (
    ReboundMonitor,
    alarm_threshold,
    rebound_monitor,
    share_found,
)
from spatial.monitoring.years import Accuracy
from spatial.moran import LocalMoran, Moran, local_moran, moran
from spatial.period_change import PeriodChange, period_change
from spatial.points.clusters import PointClusters, cluster_coordinates
from spatial.points.high_frequency import HighFrequencyPoints, high_frequency_points
from spatial.points.incidents import Incidents, find_incidents, find_sites
from spatial.points.rules import DEFAULT_RULES, MonthlyTopRule, PointRule, RepeatRule
from spatial.points.unusual import ExpectedReports
from spatial.proportions import wilson_interval
from spatial.rank_uncertainty import (
    RankUncertainty,
    draw_counts,
    draw_shares,
    draw_weights,
    rank_uncertainty,
    table_dispersion,
)
from spatial.rates import EmpiricalBayes, empirical_bayes, standardised_rates
from spatial.scanning import Cluster, Scan, expected_cases, person_time, scan
from spatial.sensitivity import Sensitivity, Variant, sensitivity
from spatial.trend.mann_kendall import MannKendall, mann_kendall
from spatial.weights import hex_weights

__all__ = [
    "DEFAULT_RULES",
    "Accuracy",
    "Backtest",
    "CandidateScores",
    "Cluster",
    "Cube",
    "Dispersion",
    "Displacement",
    "EffectIndex",
    "EmergingCategory",
    "EmergingHotSpots",
    "EmpiricalBayes",
    "ExpectedBand",
    "ExpectedCounts",
    "ExpectedReports",
    "GetisOrd",
    "HighFrequencyPoints",
    "Incidents",
    "LocalMoran",
    "MannKendall",
    "MethodAccuracy",
    "MonthlyTopRule",
    "Moran",
    "PeriodChange",
    "PointClusters",
    "PointRule",
    "PooledEffect",
    "RankUncertainty",
    "ReboundMonitor",
    "RemediationEffect",
    "RepeatRule",
    "Scan",
    "Sensitivity",
    "Tails",
    "Variant",
    "alarm_threshold",
    "backtest",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "build_cube",
    "cluster_coordinates",
    "displacement",
    "draw_counts",
    "draw_shares",
    "draw_weights",
    "effect_of_remediation",
    "emerging_hot_spots",
    "empirical_bayes",
    "estimate_dispersion",
    "estimate_split_dispersion",
    "evenness",
    "expected_band",
    "expected_cases",
    "expected_from_history",
    "find_incidents",
    "find_sites",
    "getis_ord",
    "hex_weights",
    "high_frequency_points",
    "hot_areas",
    "local_moran",
    "mann_kendall",
    "moran",
    "negative_binomial_tails",
    "period_change",
    "person_time",
    "pieces_across",
    "poisson_tails",
    "pool_effects",
    "rank_uncertainty",
    "rebound_monitor",
    "scan",
    "score_candidates",
    "score_standings",
    "sensitivity",
    "share_found",
    "standardised_rates",
    "standings",
    "table_dispersion",
    "undominated",
    "wilson_interval",
]
