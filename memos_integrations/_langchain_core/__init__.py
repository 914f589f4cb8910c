"""What LangChain and LangGraph share: langchain-core's messages, the turns among them, and the place of memory in a prompt."""
