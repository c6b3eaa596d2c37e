import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tasks.ApiClient;
import tasks.ApiException;
import tasks.ApiResponse;
import tasks.JSON;
import tasks.api.TasksApi;
import tasks.model.Fault;
import tasks.model.NewTask;
import tasks.model.Problem;
import tasks.model.Task;
import tasks.model.TaskOrder;
import tasks.model.TaskPatch;

/** Makes the calls of the scenario with the client that openapi-generator generates. */
final class Driver {
  private static final ObjectMapper mapper = JSON.getDefault().getMapper();

  private Driver() {}

  public static void main(String[] args) throws IOException {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (var line = in.readLine(); line != null; line = in.readLine()) {
      var step = mapper.readTree(line);
      Map<String, Object> answer = new HashMap<>();
      try {
        call(step, answer);
      } catch (IOException | RuntimeException e) {
        answer.put("failed", e.toString());
      }
      answer.put("step", text(step, "step"));
      answer.values().removeIf(value -> value == null);
      out.println(mapper.writeValueAsString(answer));
    }
  }

  private static void call(JsonNode step, Map<String, Object> answer) throws IOException {
    try {
      var response = send(step);
      answer.put("status", response.getStatusCode());
      response.getHeaders().forEach((name, values) -> header(answer, name, values));
      if (response.getData() instanceof Task task) {
        answer.put("task", plain(task));
      }
      if (response.getData() instanceof List<?> tasks) {
        answer.put("tasks", tasks.stream().map(task -> plain((Task) task)).toList());
      }
    } catch (ApiException e) {
      if (e.getResponseHeaders() == null) {
        throw new IOException(e); // No answer, or an unreadable one.
      }
      answer.put("status", e.getCode());
      e.getResponseHeaders().map().forEach((name, values) -> header(answer, name, values));
      if (e.getResponseBody() != null && !e.getResponseBody().isEmpty()) {
        answer.put("problem", plain(mapper.readValue(e.getResponseBody(), Problem.class)));
      }
    }
  }

  private static ApiResponse<?> send(JsonNode step) throws ApiException {
    var client = new ApiClient();
    client.updateBaseUri(text(step, "url"));
    client.setRequestInterceptor(request -> complete(step, request));
    var tasks = new TasksApi(client);
    var id = text(step, "id");
    var title = text(step, "title");
    var done = step.has("done") ? step.get("done").booleanValue() : null;
    var ifMatch = text(step, "ifMatch");
    var ifNoneMatch = text(step, "ifNoneMatch");
    switch (text(step, "call")) {
      case "createTask":
        return tasks.createTaskWithHttpInfo(new NewTask().title(title).done(done), text(step, "idempotencyKey"));
      case "listTasks":
        var limit = step.has("limit") ? step.get("limit").intValue() : null;
        var order = step.has("order") ? TaskOrder.fromValue(text(step, "order")) : null;
        return tasks.listTasksWithHttpInfo(limit, text(step, "after"), order, done, ifNoneMatch);
      case "getTask":
        return tasks.getTaskWithHttpInfo(id, ifNoneMatch);
      case "updateTask":
        return tasks.updateTaskWithHttpInfo(id, new TaskPatch().title(title).done(done), ifMatch);
      case "deleteTask":
        return tasks.deleteTaskWithHttpInfo(id, ifMatch);
      default:
        throw new IllegalArgumentException("no such call: " + text(step, "call"));
    }
  }

  /** Sets the headers that the generated methods have no parameters for. */
  private static void complete(JsonNode step, HttpRequest.Builder request) {
    if (step.has("token")) {
      request.setHeader("Authorization", "Bearer " + text(step, "token"));
    }
    if (step.has("mediaType")) {
      request.setHeader("Content-Type", text(step, "mediaType"));
    }
  }

  private static String text(JsonNode step, String name) {
    return step.has(name) ? step.get(name).textValue() : null;
  }

  private static void header(Map<String, Object> answer, String name, List<String> values) {
    switch (name.toLowerCase()) {
      case "etag", "link", "location" -> answer.put(name.toLowerCase(), values.get(0));
      case "idempotency-replayed" -> answer.put("replayed", values.get(0));
      case "www-authenticate" -> answer.put("challenge", values.get(0));
      default -> {}
    }
  }

  /** Returns the members as the scenario has them. */
  private static Map<String, Object> plain(Task task) {
    return Map.of("id", task.getId(), "title", task.getTitle(), "done", task.getDone());
  }

  private static Map<String, Object> plain(Problem p) {
    Map<String, Object> members = new HashMap<>();
    members.put("type", p.getType());
    members.put("title", p.getTitle());
    members.put("status", p.getStatus());
    members.put("detail", p.getDetail());
    members.put("error", p.getError());
    members.put("instance", p.getInstance());
    if (!p.getErrors().isEmpty()) {
      members.put("errors", p.getErrors().stream().map(Driver::plain).toList());
    }
    return members;
  }

  private static Map<String, Object> plain(Fault f) {
    Map<String, Object> members = new HashMap<>();
    members.put("detail", f.getDetail());
    members.put("pointer", f.getPointer());
    members.put("parameter", f.getParameter());
    members.put("header", f.getHeader());
    members.values().removeIf(value -> value == null);
    return members;
  }
}
