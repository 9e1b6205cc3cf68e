from .gradient_ascent import gradient_ascent as gradient_ascent
from .gradient_ascent import gradient_ascent_hitting_steps as gradient_ascent_hitting_steps
from .hitting import Hitting as Hitting
from .hitting import Status as Status
from .hitting_times import hitting_times as hitting_times
from .trajectories import trajectory as trajectory
from .trajectory import Trajectory as Trajectory
