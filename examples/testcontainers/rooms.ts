import { GenericContainer, type StartedTestContainer, Wait } from "testcontainers";

/** Start a container of `openrooms dev` for tests; the access key is 32 bytes in base64. */
export function startService(key: string): Promise<StartedTestContainer> {
  return new GenericContainer("openrooms-dev")
    .withEnvironment({ OPENROOMS_ACCESS_KEY: key })
    .withExposedPorts(8721)
    .withWaitStrategy(Wait.forHttp("/openrooms/health", 8721))
    .start();
}

export const addressOf = (container: StartedTestContainer) =>
  `http://${container.getHost()}:${container.getMappedPort(8721)}`;
