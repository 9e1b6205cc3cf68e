from .analysis.verdict import PairVerdict as PairVerdict
from .analysis.verdict import Verdict as Verdict
from .given.settings import AuditSettings as AuditSettings
from .given.settings import TeachingSettings as TeachingSettings
from .result import AuditResult as AuditResult
from .run import audit as audit
from .trainer_log import RewardLog as RewardLog
