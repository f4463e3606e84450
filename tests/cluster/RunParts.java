import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Runs shell commands, one for each part of some work, on the task managers of a cluster.
 *
 * <p>Where a command fails or a task manager is lost, Flink runs its commands anew.
 */
public final class RunParts {
  private RunParts() {}

  public static void main(String[] commands) throws Exception {
    StreamExecutionEnvironment flink = StreamExecutionEnvironment.getExecutionEnvironment();
    flink.setRuntimeMode(RuntimeExecutionMode.BATCH);
    // Said outright, or Flink takes one task for so little data.
    int tasks = flink.getParallelism();
    flink
        .fromData(commands)
        .rebalance()
        .map(new Run())
        .setParallelism(tasks)
        .sinkTo(new DiscardingSink<>())
        .setParallelism(tasks);
    flink.execute("Parts");
  }

  private static final class Run implements MapFunction<String, Integer> {
    @Override
    public Integer map(String command) throws Exception {
      Process process = new ProcessBuilder("/bin/sh", "-c", command).inheritIO().start();
      try {
        int status = process.waitFor();
        if (status != 0) {
          throw new IllegalStateException("Status " + status + " of: " + command);
        }
        return status;
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
