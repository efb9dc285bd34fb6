import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import software.amazon.event.ruler.Machine;

/**
 * Reads [{pattern, events: [...]}, ...] of JSON texts, and writes of each pattern which events it
 * matches, as a list of booleans, or why Event Ruler refuses it.
 */
public class Judge {
  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    ArrayNode answers = json.createArrayNode();
    for (JsonNode each : json.readTree(System.in)) {
      ObjectNode answer = answers.addObject();
      Machine machine = new Machine();
      try {
        machine.addRule("rule", each.get("pattern").asText());
      } catch (Exception refusal) {
        answer.put("refused", String.valueOf(refusal.getMessage()));
        continue;
      }
      ArrayNode matches = answer.putArray("matches");
      for (JsonNode event : each.get("events")) {
        matches.add(!machine.rulesForJSONEvent(event.asText()).isEmpty());
      }
    }
    System.out.println(answers);
  }
}
