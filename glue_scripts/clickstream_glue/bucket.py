"""A bucket as Hadoop's file system shows it, for what Spark's readers and writers don't do."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.sql import SparkSession

from clickstream_glue.errors import MoveFailedError

_READERS = 8


class Bucket:
    """A bucket, or a local folder, as Hadoop's file system shows it. Keys have no slash at either end."""

    def __init__(self, spark: SparkSession, root: str) -> None:
        jvm: Any = spark._jvm
        context: Any = spark._jsc
        self._jvm = jvm
        self._configuration = context.hadoopConfiguration()
        self._new_path = jvm.org.apache.hadoop.fs.Path
        self._io_utils = jvm.org.apache.commons.io.IOUtils
        path = self._new_path(root)
        self._files = path.getFileSystem(self._configuration)
        self.root = self._text(path).rstrip("/")

    def uri(self, key: str) -> str:
        """The object's or folder's URI."""
        return f"{self.root}/{key}"

    def exists(self, key: str) -> bool:
        """Whether there is such an object or folder."""
        return bool(self._files.exists(self._path(key)))

    def count_and_bytes(self, folder: str) -> tuple[int, int]:
        """How many objects lie below the folder, and their total size."""
        if not self.exists(folder):
            return 0, 0
        summary = self._files.getContentSummary(self._path(folder))
        return int(summary.getFileCount()), int(summary.getLength())

    def sizes(self, folder: str) -> dict[str, int]:
        """Name and size of each object in the folder; nothing if there is no such folder."""
        if not self.exists(folder):
            return {}
        return {str(s.getPath().getName()): int(s.getLen()) for s in self._files.listStatus(self._path(folder))}

    def read(self, key: str) -> str | None:
        """The object's text, None if there is no such object."""
        if not self.exists(key):
            return None
        stream = self._files.open(self._path(key))
        try:
            return str(self._io_utils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def write(self, key: str, text: str) -> None:
        """Write an object, in the place of an earlier one."""
        stream = self._files.create(self._path(key), True)
        try:
            stream.write(bytearray(text, "utf-8"))
        finally:
            stream.close()

    def delete(self, key: str) -> None:
        """Delete the object, or the folder with all below it, if there is one."""
        self._files.delete(self._path(key), True)

    def move(self, source: str, target: str) -> None:
        """Move an object or folder to a key where nothing is."""
        self._files.mkdirs(self._path(target).getParent())
        if not self._files.rename(self._path(source), self._path(target)):
            raise MoveFailedError(f"could not move {self.uri(source)} to {self.uri(target)}; run the job again")

    def add(self, source: str, target: str) -> None:
        """Move the objects of one folder into another, beside what lies there."""
        for name in self.sizes(source):
            self.move(f"{source}/{name}", f"{target}/{name}")

    def damaged_objects(self, folder: str) -> list[str]:
        """Keys of the compressed objects below the folder of which the content can't be decompressed to its end.

        :raises Py4JJavaError: if an object can't be fetched at all; that says nothing about its content
        """
        codecs = self._jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(self._configuration)
        paths = [(path, codecs.getCodec(path)) for path in self._paths_below(folder)]
        with ThreadPoolExecutor(_READERS) as pool:
            damaged = pool.map(lambda found: found[1] is not None and self._is_damaged(*found), paths)
            return sorted(self._key(path) for (path, _), is_damaged in zip(paths, damaged, strict=True) if is_damaged)

    def _paths_below(self, folder: str) -> Iterable[Any]:
        found = self._files.listFiles(self._path(folder), True)
        while found.hasNext():
            status = found.next()
            if status.getLen():  # Spark doesn't open what is empty
                yield status.getPath()

    def _is_damaged(self, path: Any, codec: Any) -> bool:
        try:
            self._read_through(codec.createInputStream(self._files.open(path)))
        except Py4JJavaError:
            self._read_through(self._files.open(path))
            return True
        return False

    def _read_through(self, stream: Any) -> None:
        try:
            self._io_utils.copyLarge(stream, self._jvm.java.io.OutputStream.nullOutputStream())
        finally:
            stream.close()

    def _key(self, path: Any) -> str:
        return self._text(path).removeprefix(f"{self.root}/")

    def _text(self, path: Any) -> str:
        # Spark names local files file:///…, Hadoop file:/…
        uri = self._files.makeQualified(path).toUri()
        return f"{uri.getScheme()}://{uri.getAuthority() or ''}{uri.getPath()}"

    def _path(self, key: str) -> Any:
        return self._new_path(self.uri(key))
