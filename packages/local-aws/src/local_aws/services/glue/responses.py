"""The Glue calls that moto lacks, pretends or answers without pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import glue_backends
from moto.glue.responses import GlueResponse
from moto.glue.utils import validate_crawl_filters

from local_aws.services.glue.backend import LocalGlueBackend
from local_aws.services.glue.crawlers.model import Crawler
from local_aws.services.glue.errors import InvalidInputError
from local_aws.services.glue.pages import one_page

MAX_RUNS_A_PAGE = 200
MAX_PARTITIONS_A_PAGE = 1000
DEFAULT_PAGE = 100
CRAWLS_A_PAGE = 20
MAX_CRAWLS_KEPT = 1_000_000
_NOT_PART_OF_A_DEFINITION = frozenset({"Name", "Tags"})
# moto answers these with a success that did not happen.
REFUSED_CALLS = frozenset(
    {"CreateDevEndpoint", "CreateMLTransform", "CreateSession", "StartTrigger", "StartWorkflowRun"}
)


class LocalGlueResponse(GlueResponse):
    """Turns requests into calls of :class:`LocalGlueBackend` and its answers into responses."""

    @property
    def backend(self) -> LocalGlueBackend:
        """The backend of the request's account and region."""
        backend: LocalGlueBackend = glue_backends[self.current_account][self.region]
        return backend

    def call_action(self) -> Any:
        """Answer one request; one after the other, because moto's catalog is not made for several at once.

        :raises NotImplementedError: if moto would only pretend to do it
        """
        operation = self._get_action()
        if operation in REFUSED_CALLS:
            raise NotImplementedError(f"{operation} would only be pretended")
        with self.backend.lock:
            return super().call_action()

    def create_job(self) -> ActionResult:
        """CreateJob."""
        name = self.parameters["Name"]
        self.backend.define_job(name, self._definition(), self.parameters.get("Tags"))
        return ActionResult({"Name": name})

    def update_job(self) -> ActionResult:
        """UpdateJob."""
        name = self.parameters["JobName"]
        self.backend.redefine_job(name, self.parameters["JobUpdate"])
        return ActionResult({"JobName": name})

    def start_job_run(self) -> ActionResult:
        """StartJobRun."""
        request = self.parameters
        run = self.backend.begin_job_run(
            request["JobName"],
            request.get("Arguments"),
            {name: value for name, value in request.items() if name not in {"JobName", "Arguments", "JobRunId"}},
            request.get("JobRunId"),
        )
        return ActionResult({"JobRunId": run.job_run_id})

    def get_job_run(self) -> ActionResult:
        """GetJobRun."""
        run = self.backend.job_run(self.parameters["JobName"], self.parameters["RunId"])
        return ActionResult({"JobRun": run.as_dict()})

    def get_job_runs(self) -> ActionResult:
        """GetJobRuns, the newest first."""
        runs = self.backend.job(self.parameters["JobName"]).runs[::-1]
        return self._page("JobRuns", runs, lambda run: run.as_dict(), MAX_RUNS_A_PAGE)

    def batch_stop_job_run(self) -> ActionResult:
        """BatchStopJobRun."""
        job_name = self.parameters["JobName"]
        stopped, errors = [], []
        for run_id in self.parameters["JobRunIds"]:
            entry = {"JobName": job_name, "JobRunId": run_id}
            try:
                if self.backend.stop_job_run(job_name, run_id):
                    stopped.append(entry)
                    continue
                code, message = "JobRunInvalidStateTransitionException", f"Job run {run_id} has already ended."
            except EntityNotFoundException as error:
                code, message = "EntityNotFoundException", str(error.message)
            errors.append({**entry, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": message}})
        return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})

    def create_crawler(self) -> ActionResult:
        """CreateCrawler."""
        self.backend.define_crawler(self.parameters["Name"], self._definition(), self.parameters.get("Tags"))
        return EmptyResult()

    def update_crawler(self) -> ActionResult:
        """UpdateCrawler."""
        crawler: Crawler = self.backend.get_crawler(self.parameters["Name"])
        crawler.update(self._definition())
        return EmptyResult()

    def get_crawlers(self) -> ActionResult:
        """GetCrawlers."""
        return self._page("Crawlers", self.backend.get_crawlers(), lambda crawler: crawler.as_dict(), DEFAULT_PAGE)

    def get_crawler_metrics(self) -> ActionResult:
        """GetCrawlerMetrics, of the named crawlers or of all."""
        names = self.parameters.get("CrawlerNameList")
        crawlers = [crawler for crawler in self.backend.get_crawlers() if not names or crawler.name in names]
        return self._page("CrawlerMetricsList", crawlers, lambda crawler: crawler.metrics(), DEFAULT_PAGE)

    def list_crawls(self) -> ActionResult:
        """ListCrawls, the newest first."""
        filters = validate_crawl_filters(self.parameters.get("Filters", []))
        crawls, _ = self.backend.list_crawls(self.parameters["CrawlerName"], filters, max_results=MAX_CRAWLS_KEPT)
        return self._page("Crawls", crawls[::-1], lambda crawl: crawl.as_dict(), CRAWLS_A_PAGE)

    def create_trigger(self) -> ActionResult:
        """CreateTrigger: kept, but nothing ever fires it.

        :raises NotImplementedError: if it shall be active at once
        """
        if self.parameters.get("StartOnCreation"):
            raise NotImplementedError("triggers are kept, but never fire: CreateTrigger with StartOnCreation")
        return super().create_trigger()

    def create_table(self) -> ActionResult:
        """CreateTable.

        :raises NotImplementedError: if the table's metadata files would have to be made
        """
        if self.parameters.get("OpenTableFormatInput"):
            raise NotImplementedError("CreateTable with OpenTableFormatInput")
        return super().create_table()

    def get_databases(self) -> ActionResult:
        """GetDatabases."""
        return self._page(
            "DatabaseList", self.backend.get_databases(), lambda database: database.as_dict(), DEFAULT_PAGE
        )

    def get_tables(self) -> ActionResult:
        """GetTables."""
        tables = self.backend.get_tables(self.parameters["DatabaseName"], self.parameters.get("Expression"))
        return self._page("TableList", tables, lambda table: table.as_dict(), DEFAULT_PAGE)

    def get_partitions(self) -> ActionResult:
        """GetPartitions."""
        request = self.parameters
        partitions = self.backend.get_partitions(
            request["DatabaseName"], request["TableName"], request.get("Expression")
        )
        segment = request.get("Segment")
        if segment:
            partitions = partitions[segment["SegmentNumber"] :: segment["TotalSegments"]]
        without_columns = request.get("ExcludeColumnSchema", False)

        def format_partition(partition: Any) -> dict[str, Any]:
            entry: dict[str, Any] = partition.as_dict()
            if without_columns and "StorageDescriptor" in entry:
                storage = {name: value for name, value in entry["StorageDescriptor"].items() if name != "Columns"}
                entry["StorageDescriptor"] = storage
            return entry

        return self._page("Partitions", partitions, format_partition, MAX_PARTITIONS_A_PAGE)

    def _definition(self) -> dict[str, Any]:
        return {name: value for name, value in self.parameters.items() if name not in _NOT_PART_OF_A_DEFINITION}

    def _page(
        self, name: str, entries: Iterable[Any], format_entry: Callable[[Any], dict[str, Any]], default_size: int
    ) -> ActionResult:
        try:
            page, next_token = one_page(
                list(entries), self.parameters.get("MaxResults") or default_size, self.parameters.get("NextToken")
            )
        except ValueError as error:
            raise InvalidInputError(str(error)) from error
        answer: dict[str, Any] = {name: [format_entry(entry) for entry in page]}
        if next_token:
            answer["NextToken"] = next_token
        return ActionResult(answer)
