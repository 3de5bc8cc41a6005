// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A lab of two nodes and a directory, which all tests of a class share. */
@Tag("netns")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TwoNodesFixture {
    final RunningLab lab;

    Path directory = Path.of("/");

    TwoNodesFixture() throws Exception {
        lab = RunningLab.up("two-nodes");
    }

    @BeforeAll
    void setDirectory(@TempDir final Path temporary) {
        directory = temporary;
    }

    @AfterAll
    void down() throws Exception {
        lab.close();
    }
}
