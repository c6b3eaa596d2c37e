import tasks.ApiClient;
import tasks.ApiException;
import tasks.api.TasksApi;
import tasks.model.NewTask;

/** What README.md shows of the Java client. */
final class Usage {
  private Usage() {}

  public static void main(String[] args) throws ApiException {
    var url = args[0];
    // README
    var client = new ApiClient();
    client.updateBaseUri(url);
    var tasks = new TasksApi(client);
    var response = tasks.createTaskWithHttpInfo(new NewTask().title("Learn WSGI"));
    System.out.println(response.getData().getTitle() + " " + response.getHeaders().get("etag").get(0));
    // end
  }
}
