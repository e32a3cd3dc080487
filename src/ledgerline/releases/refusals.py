"""Why data is not extracted, built or released."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class ExtractMismatch(Rejected):
    """What was written does not hold what the database counted in the same snapshot."""

    code: ClassVar[str] = "extract_mismatch"


class ExportOvertaken(Rejected):
    """Another export closed the same interval first."""

    code: ClassVar[str] = "export_overtaken"


class NothingExported(Rejected):
    """There is no interval yet, so there is nothing to build of."""

    code: ClassVar[str] = "nothing_exported"


class NothingReleased(Rejected):
    """There is no release yet, so there is nothing to read."""

    code: ClassVar[str] = "nothing_released"


class ReleaseNotFound(Rejected):
    """No release has this number."""

    code: ClassVar[str] = "release_not_found"


class RawFileChanged(Rejected):
    """A raw file is missing or is not the one that its interval closed with."""

    code: ClassVar[str] = "raw_file_changed"


class ContractBroken(Rejected):
    """What a model built is not what its contract promises."""

    code: ClassVar[str] = "contract_broken"


class ReleaseBlocked(Rejected):
    """An audit that must hold does not: the release before it stays the current one."""

    code: ClassVar[str] = "release_blocked"


class ReleaseOutdated(Rejected):
    """The release has tables of other versions than this code builds, so it cannot prove them."""

    code: ClassVar[str] = "release_outdated"


class ReleaseOvertaken(Rejected):
    """Another build released first."""

    code: ClassVar[str] = "release_overtaken"


class TableNotFound(Rejected):
    """No table of the lake has this name."""

    code: ClassVar[str] = "table_not_found"


class LakeUnusable(Rejected):
    """The folder of the lake cannot be written or read, or is full."""

    code: ClassVar[str] = "lake_unusable"


class QueryRefused(Rejected):
    """The query is not one, or names what the release does not have."""

    code: ClassVar[str] = "query_refused"


class CloseOvertaken(Rejected):
    """Another close of the month, or another release, came first."""

    code: ClassVar[str] = "close_overtaken"


class MonthNotClosable(Rejected):
    """The month is not over, not closed in the books, or one before it is open."""

    code: ClassVar[str] = "month_not_closable"


class IntervalMissing(Rejected):
    """The release does not hold all that the database has of the month."""

    code: ClassVar[str] = "interval_missing"


class MonthNotClosed(Rejected):
    """Nobody closed the tables of this month, so there is nothing to read as it was closed."""

    code: ClassVar[str] = "month_not_closed"


class LakeBusy(Rejected):
    """Another process writes into the lake; it is named, and until when nobody else may."""

    code: ClassVar[str] = "lake_busy"


class HistoryChanged(Rejected):
    """The lake holds closed intervals that the database does not know: it was set back."""

    code: ClassVar[str] = "history_changed"


class EngineNotInstalled(Rejected):
    """The engine that is configured, or the Java it needs, is not on this machine."""

    code: ClassVar[str] = "engine_not_installed"


class EngineNotRun(Rejected):
    """Tables are compiled for this engine, and nobody has run one there."""

    code: ClassVar[str] = "engine_not_run"


class ReportFolderTaken(Rejected):
    """What a report or a generated page would replace is something else."""

    code: ClassVar[str] = "report_folder_taken"
