export default (config) => ({ dir: { input: 'src' } });
