/** What both ends of a bridge know: the program of an agent's side, and the daemon at the socket of its run. */

/** The first line of a connection that speaks MCP. No line of JSON begins so: every other one speaks plain JSON-RPC. */
export const MCP_WORD = "mcp";

/** In a tool call's `_meta`: the caller's own name for it, under which it is done once. */
export const REQUEST_ID_META_KEY = "steward/requestId";
